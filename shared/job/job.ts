import * as z from "zod/mini";
import { deadLetterFilter, deadLetterKey } from "../delivery/deadLetter.ts";

const text = z.string().check(z.minLength(1));
const time = z.number().check(z.nonnegative());
const count = z.int().check(z.nonnegative());

/** Which job: what its message in the queue says. */
export const jobKey = z.object({ fleet: text, id: text });

export type JobKey = z.output<typeof jobKey>;

/** Deliveries that are made once more, or afterwards, at a chosen rate. Times are in milliseconds since 1970. */
export const job = z.object({
  ...jobKey.shape,
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
  /**
   * How many there are in all: as many as were counted, or as were found since; `atLeast` so many when they were too many to
   * count. It is always what is done, what failed and what is left.
   */
  total: count,
  atLeast: z.boolean(),
  /** How many were put into the queue, and how many could not be read and are left where they are. */
  done: count,
  failed: count,
  /** How far it is; it means something to whoever reads what is delivered. */
  cursor: z.optional(z.string()),
  /** Dead letters that are done and are still to be removed. */
  sent: z.optional(z.readonly(z.array(deadLetterKey))),
  /** Until then it is one worker's. */
  leasedUntil: time,
  /** One more each time that it is written. */
  revision: count,
});

export type Job = z.output<typeof job>;

type Counts = Pick<Job, "total" | "done" | "failed">;

/** How many are left to do, whatever state the job is in. */
export const remainingOf = ({ total, done, failed }: Counts): number => total - done - failed;

/** The job after some more were done or failed. When there are more than were counted, the total grows. */
export const withProgress = (job: Job, more: Pick<Job, "done" | "failed">): Job => {
  const done = job.done + more.done;
  const failed = job.failed + more.failed;
  return { ...job, done, failed, total: Math.max(job.total, done + failed) };
};

/** The job when it has reached the end: what was counted and is not there any more was none of it. */
export const finished = (job: Job): Job => ({
  ...job,
  state: "done",
  total: job.done + job.failed,
  atLeast: false,
  leasedUntil: 0,
});

/** Replays and backfills: each belongs to the region where it was asked for, which alone works at it. */
export interface Jobs {
  /** Those of a fleet, of all regions. */
  list(fleet: string): Promise<Job[]>;
  add(job: Job): Promise<void>;
  /** One of this region, as it is now. */
  find(fleet: string, id: string): Promise<Job | undefined>;
  /** Of this region. Answers `false` when it is not the next revision: somebody else works at it. */
  put(job: Job): Promise<boolean>;
  /** Says that it is to end, in whatever region it is. */
  stop(fleet: string, id: string): Promise<void>;
  /** Whether somebody has said so. */
  isStopRequested(fleet: string, id: string): Promise<boolean>;
}

/** The queue that drives jobs: a message for each. */
export interface JobQueue {
  send(job: JobKey): Promise<void>;
}
