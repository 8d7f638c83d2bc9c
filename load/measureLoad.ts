import { setTimeout as wait } from "node:timers/promises";
import { type Books, closeBooks, type Elsewhere } from "./books/books.ts";
import { results, type SentLane } from "./books/sentLane.ts";
import type { Ground } from "./cloud/ground.ts";
import type { Lane, Schedule } from "./lane.ts";
import { answerMsMax, drainMsMax as drainDefaultMsMax, quietMs, repeatsMs } from "./limits.ts";
import type { Part, Running, TenantLane } from "./parts/part.ts";
import type { Driver, ObserverHandle } from "./process/processes.ts";
import { sharedNow } from "./process/sharedClock.ts";

/** The processes that send and receive. */
export interface Processes {
  readonly driver: Driver;
  readonly observer: ObserverHandle;
}

/** A part that is ready for load. */
export interface Prepared {
  readonly part: Part;
  readonly lanes: readonly TenantLane[];
  /** Sends the units of a share of the lanes' rates, and closes the books, a lane each. */
  measure(lanes: readonly Lane[]): Promise<LaneResult[]>;
}

/** The books of a lane. */
export interface LaneResult {
  readonly lane: Lane;
  readonly books: Books;
}

/** From the start of a schedule until its first unit is due, for both processes to learn of it. */
const startMs = 50;
const pollMs = 25;

/** Adds what a part needs, and starts its sender and receiver. */
export const preparePart = async (
  part: Part,
  { ground, lanes, processes, isQuick, drainMsMax = drainDefaultMsMax, log }: PrepareOptions,
): Promise<Prepared> => {
  const { driver, observer } = processes;
  const running = await part.prepare({ ground, lanes, log }, async (job) => {
    const url = await observer.start(job);
    return ground.target.publicUrl ?? url ?? "";
  });
  await driver.start(running.drivers);
  let rounds = 0;
  return {
    part,
    lanes,
    measure(some) {
      const round = rounds;
      rounds += 1;
      const waits = { repeatsMs: isQuick ? 0 : repeatsMs, drainMsMax };
      return measure(some, { part, running, processes, round, ...waits });
    },
  };
};

interface PrepareOptions {
  readonly ground: Ground;
  readonly lanes: readonly TenantLane[];
  readonly processes: Processes;
  /** No wait for repeats. */
  readonly isQuick: boolean;
  /** How long the books stay open after the last unit, at most. */
  readonly drainMsMax?: number;
  log(text: string): void;
}

interface MeasureOptions {
  readonly part: Part;
  readonly running: Running;
  readonly processes: Processes;
  readonly round: number;
  readonly repeatsMs: number;
  readonly drainMsMax: number;
}

const measure = async (
  lanes: readonly Lane[],
  { part, running, processes, round, ...given }: MeasureOptions,
): Promise<LaneResult[]> => {
  const { driver, observer } = processes;
  const schedule: Schedule = { round, beginAt: sharedNow() + startMs, lanes: [...lanes] };
  await observer.begin(schedule);
  await driver.run(schedule);
  await waitUntil(async () => (await driver.open()) === 0, answerMsMax);
  const sent = await driver.lanes();
  const close = async (elsewhere: readonly Elsewhere[]): Promise<LaneResult[]> => {
    const arrived = await observer.lanes();
    return lanes.map((lane, i) => {
      const evidence = { measured: part.measured, arrived: arrived[i], elsewhere: elsewhere[i] };
      return { lane, books: closeBooks(lane, sent[i] ?? noUnits, evidence) };
    });
  };
  const last = performance.now() + given.drainMsMax;
  const waits = { quietMs: part.quietMs ?? quietMs, ...given };
  if (part.measured !== "replies") await drain(observer, expected(sent), waits);
  let closed = await close([]);
  // A delivery whose attempt has failed waits. The ledger knows it a minute later.
  while (closed.some(({ books }) => books.lost > 0) && running.elsewhere !== undefined) {
    closed = await close(await running.elsewhere(round));
    if (closed.every(({ books }) => books.lost === 0) || performance.now() > last) break;
    await drain(observer, expected(sent), waits);
  }
  return closed;
};

const noUnits: SentLane = {
  result: new Uint8Array(),
  lateMs: new Float32Array(),
  doneMs: new Float32Array(),
  reasons: [],
};

/** Units that must arrive. */
const expected = (sent: readonly SentLane[]): number => {
  const accepted = results.indexOf("accepted");
  return sent.reduce((sum, { result }) => sum + result.filter((one) => one === accepted).length, 0);
};

/** Waits until all units have arrived or arrivals have stopped, and then for repeats. */
const drain = async (
  { distinct }: ObserverHandle,
  units: number,
  waits: { readonly quietMs: number; readonly repeatsMs: number; readonly drainMsMax: number },
): Promise<void> => {
  let [seen, seenAt] = [await distinct(), performance.now()];
  await waitUntil(async () => {
    const now = await distinct();
    if (now > seen) [seen, seenAt] = [now, performance.now()];
    return now >= units || performance.now() - seenAt > waits.quietMs;
  }, waits.drainMsMax);
  await wait(waits.repeatsMs);
};

const waitUntil = async (isDone: () => Promise<boolean>, msMax: number): Promise<void> => {
  const last = performance.now() + msMax;
  while (!(await isDone()) && performance.now() < last) await wait(pollMs);
};
