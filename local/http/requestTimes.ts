import { requestHeadersMs, requestMs, slowRequestsEveryMs } from "./limits.ts";

/** Options of Node's HTTP server by which it closes connections whose requests arrive too slowly. `ms` is for a whole request. */
export const requestTimes = (ms = requestMs) => ({
  headersTimeout: Math.min(ms, requestHeadersMs),
  requestTimeout: ms,
  connectionsCheckingInterval: Math.min(ms, slowRequestsEveryMs),
});
