import type { ArchiveReader } from "../archive/readArchive.ts";
import type { DeadLetters } from "../delivery/deadLetter.ts";
import type { DeliveryQueue } from "../delivery/delivery.ts";
import { jobPageMax } from "../delivery/limits.ts";
import type { IntegrationMatcher } from "../integration/model/integration.ts";
import type { RecordSender } from "../ledger/sendRecords.ts";
import { Failure } from "../platform/failure.ts";
import { backfillPage } from "./backfillPage.ts";
import { finished, type Job, type JobKey, type JobQueue, type Jobs, withProgress } from "./job.ts";

import { jobRate } from "./jobEstimate.ts";
import { jobLeaseMs, jobRunMs } from "./limits.ts";
import { type Page, replayPage } from "./replayPage.ts";

interface Deps {
  jobs: Pick<Jobs, "find" | "put" | "isStopRequested">;
  jobQueue: JobQueue;
  integrations: { find(fleet: string, id: string): Promise<IntegrationMatcher | undefined> };
  deadLetters: Pick<DeadLetters, "list" | "remove">;
  /** A reader for this run only. */
  archiveReader: ArchiveReader;
  deliveries: DeliveryQueue;
  record: RecordSender;
  now: () => number;
  wait: (ms: number) => Promise<void>;
}

/**
 * Processes a job for `jobRunMs`, stores its progress after each page, and sends its message again
 * if it is not finished. A crash leaves the message in the queue, and a page is repeated: its
 * deliveries keep their ids.
 *
 * A job has one worker at a time. A message that finds another worker's lease fails with `conflict`
 * and stays in the queue until the job has ended.
 */
export const runJob = async ({ fleet, id }: JobKey, deps: Deps): Promise<void> => {
  const { jobs, jobQueue, now, wait } = deps;
  const found = await jobs.find(fleet, id);
  // A worker may have crashed between storing its progress and this. A repetition has no effect.
  await removeSent(found, deps);
  if (found === undefined || found.state !== "running") return;
  // A crashed worker may have left its lease, and this message may be the job's only one. It stays
  // in the queue.
  if (found.leasedUntil > now()) {
    throw new Failure(`job ${id}: another worker is processing it`, { code: "conflict" });
  }
  const write = async (next: Job): Promise<Job | undefined> => {
    const written = { ...next, revision: next.revision + 1, workedAt: now() };
    return (await jobs.put(written)) ? written : undefined;
  };
  const end = now() + jobRunMs;
  let job = await write({ ...found, leasedUntil: now() + jobLeaseMs });
  while (job?.state === "running" && now() < end) {
    const begun = now();
    const stopped = await findStopReason(job, deps);
    const { next, restMs, refused } = await runStep(job, stopped, deps);
    // Limits the rate, however long the page took.
    const worked = Math.max(restMs, now() - begun);
    job = await write({ ...next, workedMs: job.workedMs + worked });
    await removeSent(job, deps);
    if (refused !== undefined) throw refused;
    if (job?.state === "running") await wait(Math.max(0, worked - (now() - begun)));
  }
  if (job?.state !== "running") return;
  if (await write({ ...job, leasedUntil: 0 })) await jobQueue.send({ fleet, id });
};

/** Removes the dead letters that a job has recorded as queued. */
const removeSent = async (job: Job | undefined, { deadLetters }: Deps): Promise<void> => {
  if (job?.sent?.length) await deadLetters.remove(job.integration, job.sent);
};

type Stopped = { readonly why: string } | { readonly integration: IntegrationMatcher };

const findStopReason = async (
  { fleet, id, integration: to }: Job,
  { jobs, integrations }: Deps,
): Promise<Stopped> => {
  if (await jobs.isStopRequested(fleet, id)) return { why: "stopped by request" };
  const integration = await integrations.find(fleet, to);
  if (integration === undefined) return { why: "the integration was deleted" };
  return integration.disabled ? { why: "the integration is disabled" } : { integration };
};

/** Returns the job after one more page, why the page is incomplete, and its minimum duration. */
const runStep = async (
  job: Job,
  stopped: Stopped,
  deps: Deps,
): Promise<{ next: Job; restMs: number; refused?: Error | undefined }> => {
  if ("why" in stopped) {
    const { why } = stopped;
    const next: Job = { ...job, state: "stopped", why, sent: undefined, leasedUntil: 0 };
    return { next, restMs: 0 };
  }
  const rate = jobRate(job.perSecond, job.workedMs);
  const limit = Math.min(jobPageMax, Math.ceil(rate));
  const page = await runPage(job, { integration: stopped.integration, limit }, deps);
  const { done, next: cursor, sent, refused } = page;
  const next: Job = { ...withProgress(job, page), cursor, sent };
  const restMs = Math.round((done / rate) * 1_000);
  if (cursor !== undefined || refused !== undefined) return { next, restMs, refused };
  return { next: finished(next), restMs: 0 };
};

const runPage = (
  { work, cursor: after }: Job,
  { integration, limit }: { integration: IntegrationMatcher; limit: number },
  deps: Deps,
): Promise<Page> =>
  work.kind === "replay"
    ? replayPage(integration, { filter: work.filter, limit, after }, deps)
    : backfillPage(integration, { span: work, limit, after }, deps);
