import type { Server } from "node:http";
import type { Server as SecureServer } from "node:https";
import { requestHeadersMs, requestMs, slowRequestsEveryMs } from "./limits.ts";

/** Listens on any free port of 127.0.0.1 and resolves with the URL. */
export const listenHttp = async (server: Server | SecureServer): Promise<string> => {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address to listen on");
  return `http://127.0.0.1:${address.port}`;
};

/** Stops listening and closes all connections. */
export const closeHttp = async (server: Server | SecureServer): Promise<void> => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
};

/**
 * Options of Node.js's HTTP server that close connections whose requests arrive too slowly. `ms` is
 * the limit for a complete request.
 */
export const requestTimeouts = (ms = requestMs) => ({
  headersTimeout: Math.min(ms, requestHeadersMs),
  requestTimeout: ms,
  connectionsCheckingInterval: Math.min(ms, slowRequestsEveryMs),
});
