import * as z from "zod/mini";
import { deadLetterFilter, deadLetterKey } from "../delivery/deadLetter.ts";

const text = z.string().check(z.minLength(1));
const time = z.number().check(z.nonnegative());
const count = z.int().check(z.nonnegative());

/** The key of a job, and its queue message. */
export const jobKey = z.object({ fleet: text, id: text });

export type JobKey = z.output<typeof jobKey>;

export const jobStates = ["running", "done", "stopped"] as const;

/**
 * A replay of dead letters or a backfill of archived events, at a chosen rate. Times are in
 * milliseconds since 1970.
 */
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
  state: z.enum(jobStates),
  /** Why it was stopped. */
  why: z.optional(z.string()),
  startedAt: time,
  /** When a worker last updated it. */
  workedAt: time,
  /** Total working time. Determines the rate. */
  workedMs: time,
  /**
   * Total number of deliveries: counted before the start or found since. With `atLeast` it is a
   * lower bound. Always `done` + `failed` + remaining.
   */
  total: count,
  atLeast: z.boolean(),
  /** Number queued, and number of malformed ones, which stay where they are. */
  done: count,
  failed: count,
  /** Position. Its format depends on the kind of job. */
  cursor: z.optional(z.string()),
  /** Queued dead letters that still have to be removed. */
  sent: z.optional(z.readonly(z.array(deadLetterKey))),
  /** End of the worker's lease. */
  leasedUntil: time,
  /** Incremented by each write. */
  revision: count,
});

export type Job = z.output<typeof job>;

type Counts = Pick<Job, "total" | "done" | "failed">;

/** Number of remaining deliveries, whatever the state. */
export const remainingOf = ({ total, done, failed }: Counts): number => total - done - failed;

/** Returns the job with progress added. The total grows if more were found than counted. */
export const withProgress = (job: Job, more: Pick<Job, "done" | "failed">): Job => {
  const done = job.done + more.done;
  const failed = job.failed + more.failed;
  return { ...job, done, failed, total: Math.max(job.total, done + failed) };
};

/**
 * Returns the finished job. Deliveries that were counted and no longer exist are subtracted from
 * the total.
 */
export const finished = (job: Job): Job => ({
  ...job,
  state: "done",
  total: job.done + job.failed,
  atLeast: false,
  leasedUntil: 0,
});

/** Stores jobs. A job belongs to the region that created it, and only this region processes it. */
export interface Jobs {
  /** Returns the jobs of a fleet, of all regions. */
  list(fleet: string): Promise<Job[]>;
  add(job: Job): Promise<void>;
  /** Returns a job of this region. Strongly consistent. */
  find(fleet: string, id: string): Promise<Job | undefined>;
  /**
   * Updates a job of this region. Returns `false` if its revision is not the next one: another
   * worker updated it.
   */
  put(job: Job): Promise<boolean>;
  /** Requests that a job of any region stops. */
  stop(fleet: string, id: string): Promise<void>;
  /** Whether a stop was requested. */
  isStopRequested(fleet: string, id: string): Promise<boolean>;
}

/** The queue of jobs: one message per job. */
export interface JobQueue {
  send(job: JobKey): Promise<void>;
}
