import type { Job, JobKey, JobQueue, Jobs } from "#shared/job/job.ts";
import { jobDays } from "#shared/job/limits.ts";

export type JobRows = Map<string, Job | "stop">;

/** The jobs of all regions in memory, seen from one of them. */
export const memoryJobs = (
  { region, now }: { region: string; now: () => number },
  rows: JobRows = new Map(),
): Jobs => {
  const key = (fleet: string, id: string) => `${fleet}/${region}/${id}`;
  const ofRow = (row: Job | "stop" | undefined) => (row === "stop" ? undefined : row);
  return {
    async list(fleet) {
      return [...rows.values()].flatMap((row) => {
        const job = ofRow(row);
        const isKept = job !== undefined && job.workedAt + jobDays * 86_400_000 > now();
        return isKept && job.fleet === fleet ? [job] : [];
      });
    },
    add: async (job) => void rows.set(key(job.fleet, job.id), job),
    find: async (fleet, id) => ofRow(rows.get(key(fleet, id))),
    async put(job) {
      const before = ofRow(rows.get(key(job.fleet, job.id)));
      if (before?.revision !== job.revision - 1) return false;
      rows.set(key(job.fleet, job.id), job);
      return true;
    },
    stop: async (fleet, id) => void rows.set(`${fleet}/${id}`, "stop"),
    isStopRequested: async (fleet, id) => rows.has(`${fleet}/${id}`),
  };
};

/** The queue of jobs in memory. */
export const memoryJobQueue = (): JobQueue & { readonly queued: JobKey[] } => {
  const queued: JobKey[] = [];
  return { queued, send: async ({ fleet, id }) => void queued.push({ fleet, id }) };
};
