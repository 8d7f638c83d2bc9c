import * as z from "zod/mini";
import { cursorText } from "../input/cursor.ts";
import { keysetPage } from "../input/keysetPage.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import type { Integration } from "../integration/model/integration.ts";
import { Failure } from "../platform/failure.ts";
import { type Job, type JobQueue, type Jobs, jobStates } from "./job.ts";
import { jobStalledMs, jobsPerFleetMax } from "./limits.ts";

interface Deps {
  jobs: Pick<Jobs, "list">;
  jobQueue: JobQueue;
  region: string;
  now: () => number;
}

/**
 * Returns the jobs of an integration, newest first. Sends a new message for stalled jobs of this
 * region.
 */
export const listJobs = async (
  { fleet, id }: Pick<Integration, "fleet" | "id">,
  { jobs, jobQueue, region, now }: Deps,
): Promise<Job[]> => {
  const found = (await jobs.list(fleet)).filter(({ integration }) => integration === id);
  const stalled = found.filter(
    (job) =>
      job.region === region && job.state === "running" && now() - job.workedAt >= jobStalledMs,
  );
  // An additional message has no effect.
  for (const job of stalled) await jobQueue.send(job);
  return found.toSorted((a, b) => b.startedAt - a.startedAt);
};

/** The fields of a list of jobs. Without `limit`, all are on one page. */
export const jobListFields = {
  limit: z.optional(wholeNumber(1, jobsPerFleetMax)),
  cursor: z.optional(cursorText),
  state: z.optional(z.enum(jobStates)),
};

/** A page of jobs, newest first. Fails with `invalid_request` for a cursor of another list. */
export const jobPage = (
  jobs: readonly Job[],
  { limit = jobsPerFleetMax, cursor, state }: z.output<z.ZodMiniObject<typeof jobListFields>>,
): { jobs: Job[]; cursor?: string } => {
  const wanted = jobs.filter((job) => state === undefined || job.state === state);
  const { items, ...rest } = keysetPage(wanted, {
    keyOf: ({ startedAt, id }) => [startedAt, id],
    order: "desc",
    list: { state },
    limit,
    cursor,
  });
  return { jobs: items, ...rest };
};

/** Returns a job of an integration. Fails with `not_found`. */
export const findJob = async (
  integration: Pick<Integration, "fleet" | "id">,
  id: string,
  deps: Deps,
): Promise<Job> => {
  const found = (await listJobs(integration, deps)).find((job) => job.id === id);
  if (found === undefined) throw new Failure("Job not found", { code: "not_found" });
  return found;
};
