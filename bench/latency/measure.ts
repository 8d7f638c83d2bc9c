import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { slope } from "../statistics.ts";
import type { Arrivals } from "./arrivals.ts";
import { writePayload } from "./payload.ts";
import type { Publishers } from "./publishers.ts";

export interface Load {
  /** Events a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Topic prefix, for basic ingest. */
  readonly prefix?: string;
}

/** Not counted: the first events start threads and warm up the JIT compilers. */
export const warmUp: Load = { rate: 200, seconds: 3 };

export interface Measurement {
  readonly run: number;
  readonly published: number;
  /** Growth of the events due and not arrived, per second, in the second half of the time. */
  readonly backlogGrowth: number;
  /** Processor time of the system per event, of all threads. */
  readonly cpuMsPerEvent: number;
}

/** Events missing this long after the last arrival are lost. */
const idleMsMax = 5_000;
const sampleMs = 100;

/**
 * Publishes at a fixed rate and waits for the arrivals. Publishing does not slow down with the
 * system, and latencies count from the due time of each event (no coordinated omission).
 */
export const measure = async (
  publishers: Publishers,
  arrivals: Arrivals,
  { rate, seconds, prefix }: Load,
): Promise<Measurement> => {
  await publishers.readyFor(rate);
  const cpuBefore = await cpuMs(publishers);
  const run = arrivals.startRound();
  const published = rate * seconds;
  const backlog: { x: number; y: number }[] = [];
  const begun = performance.now();
  for (let seq = 0, sampleAt = begun; seq < published; ) {
    const now = performance.now();
    for (; seq < published && dueAt(begun, seq, rate) <= now; seq += 1) {
      publishers.publish(writePayload({ run, seq, at: dueAt(begun, seq, rate) }), { prefix });
    }
    if (now >= sampleAt) {
      backlog.push({ x: (now - begun) / 1_000, y: seq - arrivals.distinct(run) });
      sampleAt += sampleMs;
    }
    await wait(1);
  }
  await waitUntilDrained(arrivals, run, published);
  return {
    run,
    published,
    backlogGrowth: slope(backlog.filter(({ x }) => x >= seconds / 2)),
    cpuMsPerEvent: ((await cpuMs(publishers)) - cpuBefore) / published,
  };
};

const cpuMs = async ({ system }: Publishers): Promise<number> =>
  z.number().parse(await system.child.ask("cpuMs"));

const dueAt = (begun: number, seq: number, rate: number): number => begun + (seq * 1_000) / rate;

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
