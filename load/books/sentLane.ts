import * as z from "zod";
import type { Lane } from "../lane.ts";
import { reasonsMax } from "../limits.ts";

/**
 * The outcome of a unit at its sender.
 *
 * | Result | Meaning |
 * |---|---|
 * | `open` | sent, and neither answered nor failed so far |
 * | `accepted` | the cloud has acknowledged it, or answered with a success |
 * | `refused` | 429 or 503 with `Retry-After`, or a refused connection: the sender may repeat it |
 * | `kept` | not sent, or without an acknowledgement: it is still with the sender, as in an outbox |
 * | `failed` | any other answer |
 * | `unanswered` | no answer within the time limit |
 */
export const results = ["open", "accepted", "refused", "kept", "failed", "unanswered"] as const;

export type Result = (typeof results)[number];

/** The end of a unit at its sender. */
export interface Outcome {
  readonly result: Exclude<Result, "open">;
  /** Why it was not accepted, for example the error text of the answer. */
  readonly reason?: string;
}

const reasonCount = z.object({
  result: z.enum(results),
  reason: z.string(),
  count: z.int(),
  /** When the first of these units was due, in milliseconds after the begin. */
  firstMs: z.number(),
});

export type ReasonCount = z.output<typeof reasonCount>;

/** The units of a lane at their sender, by their number. */
export const sentLane = z.object({
  /** Index in `results`. */
  result: z.instanceof(Uint8Array),
  /** From the due time until it was sent; NaN if it was not. */
  lateMs: z.instanceof(Float32Array),
  /** From the due time until its end; NaN if it has none. */
  doneMs: z.instanceof(Float32Array),
  reasons: z.array(reasonCount),
});

export type SentLane = z.output<typeof sentLane>;

/** Records the units of a lane. */
export interface SentRecord {
  recordSent(seq: number, lateMs: number): void;
  recordDone(seq: number, doneMs: number, outcome: Outcome): void;
  /** Units without an end. */
  open(): number;
  lane(): SentLane;
}

/** Creates an empty record of a lane. */
export const createSentRecord = (lane: Pick<Lane, "rate" | "count">): SentRecord => {
  const result = new Uint8Array(lane.count);
  const lateMs = new Float32Array(lane.count).fill(Number.NaN);
  const doneMs = new Float32Array(lane.count).fill(Number.NaN);
  const reasons = new Map<string, ReasonCount>();
  let done = 0;
  const addReason = (seq: number, { result: of, reason }: Required<Outcome>): void => {
    const key = `${of} ${reason}`;
    const known = reasons.get(key);
    if (known !== undefined) reasons.set(key, { ...known, count: known.count + 1 });
    else if (reasons.size < reasonsMax || reason === otherReason) {
      reasons.set(key, { result: of, reason, count: 1, firstMs: (seq * 1_000) / lane.rate });
    } else addReason(seq, { result: of, reason: otherReason });
  };
  return {
    recordSent(seq, late) {
      lateMs[seq] = late;
    },
    recordDone(seq, ms, outcome) {
      if (result[seq] !== 0) return;
      done += 1;
      result[seq] = results.indexOf(outcome.result);
      doneMs[seq] = ms;
      if (outcome.reason !== undefined) addReason(seq, { ...outcome, reason: outcome.reason });
    },
    open: () => lane.count - done,
    lane: () => ({ result, lateMs, doneMs, reasons: [...reasons.values()] }),
  };
};

const otherReason = "other reasons";
