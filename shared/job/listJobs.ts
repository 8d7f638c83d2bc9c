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

/** The jobs of an integration, the newest first. One of this region that has lost its message gets another. */
export const listJobs = async (
  { fleet, id }: Pick<Integration, "fleet" | "id">,
  { jobs, jobQueue, region, now }: Deps,
): Promise<Job[]> => {
  const found = (await jobs.list(fleet)).filter(({ integration }) => integration === id);
  const stalled = found.filter(
    (job) =>
      job.region === region && job.state === "running" && now() - job.workedAt >= jobStalledMs,
  );
  // One message more than is needed does no harm.
  for (const job of stalled) await jobQueue.send(job);
  return found.toSorted((a, b) => b.startedAt - a.startedAt);
};

/** One of them. Fails with `not_found`. */
export const findJob = async (
  integration: Pick<Integration, "fleet" | "id">,
  id: string,
  deps: Deps,
): Promise<Job> => {
  const found = (await listJobs(integration, deps)).find((job) => job.id === id);
  if (found === undefined) throw new Failure("Job not found", { code: "not_found" });
  return found;
};
