import * as z from "zod";
import { median, percentile } from "../statistics.ts";
import type { Api } from "../system/api.ts";
import { eventName } from "../system/system.ts";
import { type Arrivals, createArrivals, type Round } from "./arrivals.ts";
import { measure } from "./measure.ts";
import { readPayload } from "./payload.ts";
import type { Publishers } from "./publishers.ts";

/** Latency of an event stream. */
export interface StreamResult {
  readonly rate: number;
  /** Events of all rounds. */
  readonly published: number;
  /** From the due time of an event until the client has read it: medians of the rounds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Maximum of all rounds. */
  readonly maxMs: number;
  readonly lost: number;
  readonly duplicated: number;
}

/** Beyond the round numbers of other counters. */
const firstRun = 1_000_000;

/** Opens a stream, publishes at a rate and waits for the events. The webhook gets them as well. */
export const measureStream = async (
  api: Api,
  publishers: Publishers,
  { rate, seconds, rounds }: { rate: number; seconds: number; rounds: number },
): Promise<StreamResult> => {
  const arrivals = createArrivals(firstRun);
  const stream = await openStream(api, (frame) => record(frame, arrivals));
  try {
    const all: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const { run, published } = await measure(publishers, arrivals, { rate, seconds });
      all.push(arrivals.round(run, published));
    }
    const percentiles = (p: number) => median(all.map((one) => percentile(one.latenciesMs, p)));
    return {
      rate,
      published: rate * seconds * rounds,
      p50Ms: percentiles(0.5),
      p99Ms: percentiles(0.99),
      maxMs: Math.max(...all.map(({ latenciesMs }) => percentile(latenciesMs, 1))),
      lost: all.reduce((sum, { lost }) => sum + lost, 0),
      duplicated: all.reduce((sum, { duplicated }) => sum + duplicated, 0),
    };
  } finally {
    await stream.close();
  }
};

const frameData = z.object({ data: z.string() });

/**
 * Opens the stream of the benchmark's events. Resolves on its first data. The cloud ends a stream
 * after a while; then this client returns with its position, as an `EventSource` does. `agent`
 * distinguishes clients, which have a limited number of streams each. `path` selects other events.
 */
export const openStream = async (
  api: Api,
  onFrame: (frame: string) => void = () => {},
  {
    agent = "bench",
    path = `/v1/devices/events/${eventName}`,
  }: { readonly agent?: string; readonly path?: string } = {},
): Promise<{ close(): Promise<void> }> => {
  const url = `${api.url}${path}`;
  const abort = new AbortController();
  const opened = Promise.withResolvers<void>();
  let lastId: string | undefined;
  const connect = async () => {
    const { body, status } = await fetch(url, {
      headers: {
        authorization: `Bearer ${api.token}`,
        "user-agent": agent,
        ...(lastId !== undefined && { "last-event-id": lastId }),
      },
      signal: abort.signal,
    });
    if (status !== 200 || body === null) throw new Error(`${url}: ${status}`);
    return body;
  };
  const read = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      let text = "";
      for await (const piece of (await connect()).pipeThrough(new TextDecoderStream())) {
        const frames = (text + piece).split("\n\n");
        text = frames.pop() ?? "";
        for (const frame of frames) {
          lastId = /^id: (.*)$/m.exec(frame)?.[1] ?? lastId;
          onFrame(frame);
        }
        opened.resolve();
      }
    }
  };
  // An abort and the end of the cloud both end the stream with an error.
  const reading = read().catch(opened.reject);
  await opened.promise;
  return {
    async close() {
      abort.abort();
      await reading;
    },
  };
};

const record = (frame: string, arrivals: Arrivals): void => {
  const json = /^data: (.*)$/m.exec(frame)?.[1];
  if (json === undefined) return;
  const { run, seq, at } = readPayload(frameData.parse(JSON.parse(json)).data);
  arrivals.record(run, { seq, latencyMs: performance.now() - at });
};
