import { once } from "node:events";
import type { Server } from "node:http";
import * as z from "zod";

/** Starts a server on a free port of 127.0.0.1. `stop` closes it and its connections. */
export const listen = async (
  server: Server,
): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};
