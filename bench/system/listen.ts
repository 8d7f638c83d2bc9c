import { once } from "node:events";
import type { Server } from "node:http";
import * as z from "zod";
import { stopLater } from "./cleanup.ts";

/** Starts a server on a free port of 127.0.0.1. `stop` closes it and its connections. */
export const listen = async (
  server: Server,
): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: stopLater(async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    }),
  };
};
