import { createServer } from "node:http";
import type { Arrivals } from "../latency/arrivals.ts";
import { eventData, readPayload } from "../latency/payload.ts";
import { listen } from "./listen.ts";

/** The target of webhooks: a web server that answers immediately. */
export interface Target {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * The default response body. A response with a body costs the cloud more than an empty one, because
 * it publishes `hook-response` events.
 */
const okBody = "ok";

/** Starts a target that answers 200 with a body, and records each event that arrives. */
export const startTarget = async (
  arrivals: Pick<Arrivals, "record">,
  body = okBody,
): Promise<Target> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const arrivedAt = performance.now();
      response.end(body);
      const { run, seq, at } = readPayload(eventData(Buffer.concat(chunks).toString()));
      arrivals.record(run, { seq, latencyMs: arrivedAt - at });
    });
  });
  // Longer than Node's default of 5 s, so that idle connections are reused.
  server.keepAliveTimeout = 60_000;
  return listen(server);
};
