import { createServer } from "node:http";
import type { Arrivals } from "../latency/arrivals.ts";
import { eventData, readPayload } from "../latency/payload.ts";
import { listen } from "./listen.ts";

/** The target of webhooks: a web server that answers immediately. */
export interface Target {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a target and records each event that arrives. */
export const startTarget = async (arrivals: Arrivals): Promise<Target> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const arrivedAt = performance.now();
      response.end();
      const { run, seq, at } = readPayload(eventData(Buffer.concat(chunks).toString()));
      arrivals.record(run, { seq, latencyMs: arrivedAt - at });
    });
  });
  // Longer than Node's default of 5 s, so that idle connections are reused.
  server.keepAliveTimeout = 60_000;
  return listen(server);
};
