import { once } from "node:events";
import type { Server } from "node:http";
import * as z from "zod";
import { stopLater } from "./cleanup.ts";

/**
 * Starts a server on 127.0.0.1, by default on a free port. `stop` closes it and its connections.
 */
export const listen = async (
  server: Server,
  given = 0,
): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  server.listen(given, "127.0.0.1");
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
