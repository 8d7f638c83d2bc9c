import { setTimeout as wait } from "node:timers/promises";
import { slope } from "../statistics.ts";
import { eventName } from "../system/system.ts";
import type { Arrivals } from "./arrivals.ts";
import { pace } from "./pace.ts";
import { writePayload } from "./payload.ts";
import type { Publishers } from "./publishers.ts";

export interface Load {
  /** Events a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Topic prefix, for basic ingest. */
  readonly prefix?: string;
  /** Default: `eventName`. */
  readonly event?: string;
}

/** Not counted: the first events start threads and warm up the JIT compilers. */
export const warmUp: Load = { rate: 200, seconds: 3 };

export interface Measurement {
  readonly run: number;
  readonly published: number;
  /** Growth of the events due and not arrived, per second, in the second half of the time. */
  readonly backlogGrowth: number;
  /**
   * Processor time of the system per event, of all threads, from the operating system. Publishers
   * and targets run in another process and are not included.
   */
  readonly cpuMsPerEvent: number;
  /** Resident memory after the last arrival. */
  readonly memoryBytes: number;
}

/** Events missing this long after the last arrival are lost. */
const idleMsMax = 5_000;
const sampleMs = 100;
const settleMs = 500;

/**
 * Publishes at a fixed rate and waits for the arrivals. Publishing does not slow down with the
 * system, and latencies count from the due time of each event (no coordinated omission).
 */
export const measure = async (
  publishers: Publishers,
  arrivals: Arrivals,
  { rate, seconds, prefix, event = eventName }: Load,
): Promise<Measurement> => {
  await publishers.readyFor(rate);
  const before = await publishers.system.usage();
  const run = arrivals.startRound();
  const published = rate * seconds;
  const backlog: { x: number; y: number }[] = [];
  const begun = performance.now();
  await pace(
    { events: published, rate },
    (seq, at) => publishers.publish(writePayload({ run, seq, at }), { prefix, event }),
    (due) => {
      const elapsed = performance.now() - begun;
      if (elapsed < backlog.length * sampleMs) return;
      backlog.push({ x: elapsed / 1_000, y: due - arrivals.distinct(run) });
    },
  );
  await waitUntilDrained(arrivals, run, published);
  // A system does work after the last arrival, for example it records the outcome.
  await wait(settleMs);
  const after = await publishers.system.usage();
  return {
    run,
    published,
    backlogGrowth: slope(backlog.filter(({ x }) => x >= seconds / 2)),
    cpuMsPerEvent: (after.cpuMs - before.cpuMs) / published,
    memoryBytes: after.memoryBytes,
  };
};

const waitUntilDrained = async (
  arrivals: Arrivals,
  run: number,
  published: number,
): Promise<void> => {
  let distinct = arrivals.distinct(run);
  let lastMs = performance.now();
  while (distinct < published && performance.now() - lastMs < idleMsMax) {
    await wait(20);
    const now = arrivals.distinct(run);
    if (now > distinct) lastMs = performance.now();
    distinct = now;
  }
};
