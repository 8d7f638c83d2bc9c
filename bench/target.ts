import { createServer } from "node:http";
import type { Arrivals } from "./arrivals.ts";
import { eventData } from "./eventData.ts";
import { listen } from "./listen.ts";
import { readPayload } from "./payload.ts";

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
      arrivals.note(run, { seq, latencyMs: arrivedAt - at });
    });
  });
  // A connection that is idle for longer than Node's 5 s is still the same connection.
  server.keepAliveTimeout = 60_000;
  return listen(server);
};
