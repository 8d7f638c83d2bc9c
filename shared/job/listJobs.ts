import type { Integration } from "../integration/model/integration.ts";
import { Failure } from "../platform/failure.ts";
import type { Job, JobQueue, Jobs } from "./job.ts";
import { jobStalledMs } from "./limits.ts";

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
