import { dueAfterMs, type Lane } from "../lane.ts";
import { lateMs } from "../limits.ts";
import type { ArrivedLane } from "./arrivedLane.ts";
import { type ReasonCount, type Result, results, type SentLane } from "./sentLane.ts";

/** Latencies from the scheduled time, in milliseconds. NaN without values. */
export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** The closed books of a lane: each unit is in exactly one of the first eight counts. */
export interface Books {
  readonly offered: number;
  readonly delivered: number;
  readonly refused: number;
  /** With its sender: not sent, or without an acknowledgement. */
  readonly kept: number;
  readonly failed: number;
  readonly deadLetters: number;
  /** Accepted, and known to wait for a further attempt. */
  readonly waiting: number;
  /** Accepted and nowhere to be found, or sent and without any answer. */
  readonly lost: number;
  /** Units that arrived more than once. */
  readonly repeated: number;
  /** Arrivals that were never offered, for example operations that the usage counts too many. */
  readonly unknown: number;
  /** Units that arrived or were executed although their sender was refused. */
  readonly despiteRefusal: number;
  /** Units that were sent more than `lateMs` after their due time, and the latest one. */
  readonly late: number;
  readonly lateMaxMs: number;
  readonly latencies: Latencies;
  /** Accepted and not arrived units at the worst moment. */
  readonly backlogMax: number;
  readonly reasons: readonly ReasonCount[];
  /** The numbers of some of the lost units. */
  readonly lostUnits: readonly number[];
}

/** What is known of units that have not arrived. */
export interface Elsewhere {
  readonly deadLetters: ReadonlySet<number>;
  /** Deliveries that wait for an attempt, by the ledger. */
  readonly waiting: number;
}

/**
 * What a part measures.
 *
 * | Value | A unit is delivered | Its latency ends |
 * |---|---|---|
 * | `arrivals` | when the measuring client has it | at its first arrival |
 * | `executions` | when its reply is a success and the measuring client has executed it | at the reply |
 * | `replies` | when its reply is a success | at the reply |
 */
export type Measured = "arrivals" | "executions" | "replies";

interface Evidence {
  readonly measured: Measured;
  /** Absent where the reply is the only evidence. */
  readonly arrived?: ArrivedLane | undefined;
  readonly elsewhere?: Elsewhere | undefined;
}

const nothingElsewhere: Elsewhere = { deadLetters: new Set(), waiting: 0 };
const lostUnitsMax = 20;

type Place = "delivered" | "refused" | "kept" | "failed" | "deadLetters" | "lost";

/** Closes the books of a lane. */
export const closeBooks = (
  lane: Pick<Lane, "rate">,
  sent: SentLane,
  { measured, arrived: seen, elsewhere = nothingElsewhere }: Evidence,
): Books => {
  const arrived = measured === "replies" ? undefined : seen;
  const counts = { delivered: 0, refused: 0, kept: 0, failed: 0, deadLetters: 0, lost: 0 };
  const lost: number[] = [];
  const latenciesMs: number[] = [];
  let [repeated, despiteRefusal, late, lateMaxMs] = [0, 0, 0, 0];
  for (let seq = 0; seq < sent.result.length; seq += 1) {
    const result = results[sent.result[seq] ?? 0] ?? "open";
    const times = arrived?.times[seq] ?? 0;
    const place = placeOf(result, {
      measured,
      hasArrived: arrived === undefined ? undefined : times > 0,
      isDead: elsewhere.deadLetters.has(seq),
    });
    counts[place] += 1;
    if (place === "lost") lost.push(seq);
    if (place === "delivered") {
      const ms = measured === "arrivals" ? arrived?.firstMs[seq] : sent.doneMs[seq];
      latenciesMs.push(ms ?? Number.NaN);
    }
    if (times > 1) repeated += 1;
    if (times > 0 && result === "refused") despiteRefusal += 1;
    const lateBy = sent.lateMs[seq] ?? 0;
    if (lateBy > lateMs) late += 1;
    if (lateBy > lateMaxMs) lateMaxMs = lateBy;
  }
  const waiting = Math.min(elsewhere.waiting, counts.lost);
  return {
    offered: sent.result.length,
    ...counts,
    waiting,
    lost: counts.lost - waiting,
    repeated,
    unknown: arrived?.unknown ?? 0,
    despiteRefusal,
    late,
    lateMaxMs,
    latencies: latenciesOf(latenciesMs),
    backlogMax: arrived === undefined ? 0 : backlogMax(lane, sent, arrived),
    reasons: sent.reasons,
    lostUnits: waiting === counts.lost ? [] : lost.slice(0, lostUnitsMax),
  };
};

/** Where a unit is. An arrival proves a delivery; a reply does so only with the execution. */
const placeOf = (
  result: Result,
  {
    measured,
    hasArrived,
    isDead,
  }: { measured: Measured; hasArrived: boolean | undefined; isDead: boolean },
): Place => {
  if (measured === "arrivals" && hasArrived === true) return "delivered";
  if (isDead) return "deadLetters";
  switch (result) {
    case "accepted":
      return hasArrived === false ? "lost" : "delivered";
    case "refused":
    case "kept":
    case "failed":
      return result;
    case "open":
    case "unanswered":
      return "lost";
  }
};

const latenciesOf = (ms: readonly number[]): Latencies => {
  const sorted = Float64Array.from(ms).sort();
  const at = (p: number): number =>
    sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) };
};

/** The largest number of accepted units that had not arrived, over the time of the run. */
const backlogMax = (
  lane: Pick<Lane, "rate">,
  { result, doneMs }: SentLane,
  { firstMs }: ArrivedLane,
): number => {
  const changes: [number, number][] = [];
  const accepted = results.indexOf("accepted");
  for (let seq = 0; seq < result.length; seq += 1) {
    if (result[seq] !== accepted) continue;
    const [from = Number.NaN, until = Number.NaN] = [doneMs[seq], firstMs[seq]];
    if (until < from) continue;
    const due = dueAfterMs(lane, seq);
    changes.push([due + from, 1]);
    if (!Number.isNaN(until)) changes.push([due + until, -1]);
  }
  let [open, max] = [0, 0];
  for (const [, change] of changes.sort(([a], [b]) => a - b)) {
    open += change;
    if (open > max) max = open;
  }
  return max;
};

/** Whether each unit is in exactly one count. */
export const isClosed = (books: Books): boolean =>
  books.offered ===
  books.delivered +
    books.refused +
    books.kept +
    books.failed +
    books.deadLetters +
    books.waiting +
    books.lost;
