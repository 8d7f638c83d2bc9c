import * as z from "zod/mini";
import { deadLetterFilter } from "./deadLetterFilter.ts";

const text = z.string().check(z.minLength(1));
const time = z.number().check(z.nonnegative());
const count = z.int().check(z.nonnegative());

/** Which job: what its message in the queue says. */
export const jobName = z.object({ fleet: text, id: text });

export type JobName = z.output<typeof jobName>;

/** Deliveries that are made once more, or afterwards, at a chosen rate. Times are in milliseconds since 1970. */
export const job = z.object({
  ...jobName.shape,
  region: text,
  integration: text,
  /** What is delivered. */
  work: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("replay"), filter: deadLetterFilter }),
    z.object({ kind: z.literal("backfill"), from: time, to: time }),
  ]),
  perSecond: z.int().check(z.positive()),
  state: z.enum(["running", "done", "stopped"]),
  /** Why it was stopped. */
  why: z.optional(z.string()),
  startedAt: time,
  /** When somebody last worked at it. */
  workedAt: time,
  /** For how long it was worked at: the rate goes by it. */
  workedMs: time,
  /** How many there were when it was counted; `atLeast` so many when they were too many to count. */
  total: count,
  atLeast: z.boolean(),
  /** How many were put into the queue, and how many could not be read and are left where they are. */
  done: count,
  failed: count,
  /** How far it is; it means something to whoever reads what is delivered. */
  cursor: z.optional(z.string()),
  /** Until then it is one worker's. */
  leasedUntil: time,
  /** One more each time that it is written. */
  revision: count,
});

export type Job = z.output<typeof job>;
