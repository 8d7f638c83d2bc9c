import { readArchive, readableSpan } from "#shared/archive/readArchive.ts";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import { dynamoIntegrationMatchers } from "#shared/aws/delivery/integrations.ts";
import { dynamoJobs } from "#shared/aws/delivery/jobs.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { s3Archive } from "#shared/aws/event/archive.ts";
import { dynamoArchiveSettings } from "#shared/aws/event/archiveSettings.ts";
import { openQueues, sqsJobs } from "#shared/aws/event/queues.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { countDeadLetters } from "#shared/delivery/findDeadLetters.ts";
import { resolveFilterDevice } from "#shared/delivery/resolvePublisher.ts";
import { checkTimeRange } from "#shared/input/timeRange.ts";
import { findIntegration } from "#shared/integration/findIntegration.ts";
import { countArchived } from "#shared/job/countArchived.ts";
import { backfillCost, replayCost } from "#shared/job/jobEstimate.ts";
import { findJob, jobPage, listJobs } from "#shared/job/listJobs.ts";
import { startJob } from "#shared/job/startJob.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { jobRoutes } from "#shared/routes/jobRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { openDeadLetters } from "./edge/globals.ts";
import { api } from "./edge/http/api.ts";
import { Status } from "./edge/http/reply.ts";
import { jobView, planView } from "./edge/views/jobView.ts";

const names = env.jobs.parse(process.env);
const { globals, withToken } = openCallers(names);
const tables = openTables();
const now = Date.now;
const devices = dynamoDevices(globals, names.DEVICES_TABLE);
const integrations = dynamoIntegrationMatchers(globals, names.INTEGRATIONS_TABLE);
const deadLetters = dynamoDeadLetters(openDeadLetters(names), names.DEAD_LETTERS_TABLE, now);
const jobs = dynamoJobs(tables, names.DEAD_LETTERS_TABLE, { region: names.AWS_REGION, now });
const jobQueue = sqsJobs(openQueues(), names.JOBS_QUEUE_URL);
const jobDeps = { jobs, jobQueue, region: names.AWS_REGION, now };
const archive = s3Archive(names.ARCHIVE_BUCKET);
const archiveSettings = dynamoArchiveSettings(tables, names.INTEGRATIONS_TABLE);

const replay = withToken<typeof jobRoutes.replayDeadLetters>(
  async ({ integration: id, plan, perSecond, ...asked }, { fleet }) => {
    checkTimeRange(asked);
    const integration = await findIntegration(fleet, id, { integrations });
    const filter = await resolveFilterDevice(fleet, asked, { devices });
    // Excludes deliveries that are dead-lettered after this moment, because they fail again.
    const bounded = { ...filter, to: Math.min(filter.to ?? now(), now()) };
    const counted = await countDeadLetters(id, bounded, { deadLetters, now });
    const dollars = replayCost({ ...counted, regions: names.REGIONS.length });
    if (plan) return planView(counted, { perSecond, dollars });
    const work = { kind: "replay" as const, filter: bounded };
    const job = await startJob(integration, { work, perSecond, counted }, jobDeps);
    return new Status(202, { ok: true, job: jobView(job, now()) });
  },
);

const backfill = withToken<typeof jobRoutes.backfill>(
  async ({ integration: id, plan, perSecond, from, to }, { fleet }) => {
    const integration = await findIntegration(fleet, id, { integrations });
    checkTimeRange({ from, to: to ?? now() });
    const span = await archivedSpan(fleet, { from, to });
    // A reader returns each event once, so each request has its own.
    const archiveReader = readArchive({ archive });
    const counted = await countArchived(integration, span, { archiveReader, now });
    if (plan) return planView(counted, { perSecond, dollars: backfillCost(counted) });
    const work = { kind: "backfill" as const, ...span };
    const job = await startJob(integration, { work, perSecond, counted }, jobDeps);
    return new Status(202, { ok: true, job: jobView(job, now()) });
  },
);

/**
 * The part of a time span that is archived. Fails with `invalid_request` if the fleet has no
 * archive.
 */
const archivedSpan = async (
  fleet: string,
  { from, to }: { from: number; to?: number | undefined },
) => {
  const setting = await archiveSettings.find(fleet);
  if (setting === undefined) {
    throw new Failure("Events of this fleet are not archived", { code: "invalid_request" });
  }
  return readableSpan({ from, to: to ?? now() }, setting, now());
};

const list = withToken<typeof jobRoutes.listJobs>(
  async ({ integration: id, ...asked }, { fleet }) => {
    await findIntegration(fleet, id, { integrations });
    const { jobs: found, ...rest } = jobPage(await listJobs({ fleet, id }, jobDeps), asked);
    return { jobs: found.map((job) => jobView(job, now())), ...rest };
  },
);

const show = withToken<typeof jobRoutes.showJob>(async ({ integration: id, job }, { fleet }) => {
  await findIntegration(fleet, id, { integrations });
  return { job: jobView(await findJob({ fleet, id }, job, jobDeps), now()) };
});

const stop = withToken<typeof jobRoutes.stopJob>(async ({ integration: id, job }, { fleet }) => {
  await findIntegration(fleet, id, { integrations });
  await findJob({ fleet, id }, job, jobDeps);
  await jobs.stop(fleet, job);
  return { ok: true };
});

export const handler = api(jobRoutes, {
  replayDeadLetters: replay,
  backfill,
  listJobs: list,
  showJob: show,
  stopJob: stop,
});
