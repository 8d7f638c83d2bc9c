import { createServer } from "node:http";
import type { Arrivals } from "../latency/arrivals.ts";
import { eventData, readPayload } from "../latency/payload.ts";
import { listen } from "./listen.ts";

/** The web server that webhooks go to. It answers at once. */
export interface Target {
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens on a free port and notes each event that arrives. */
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
  // A connection that is idle for longer than Node's 5 s is still the same connection.
  server.keepAliveTimeout = 60_000;
  return listen(server);
};
