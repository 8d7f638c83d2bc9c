import { setTimeout as wait } from "node:timers/promises";
import { readArchive } from "#shared/archive/readArchive.ts";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import { dynamoIntegrationMatchers } from "#shared/aws/delivery/integrations.ts";
import { dynamoJobs } from "#shared/aws/delivery/jobs.ts";
import { s3Archive } from "#shared/aws/event/archive.ts";
import {
  openQueues,
  sqsDeliveries,
  sqsJobs,
  sqsMalformedMessages,
} from "#shared/aws/event/queues.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { type JobKey, jobKey } from "#shared/job/job.ts";
import { runJob } from "#shared/job/runJob.ts";
import { env } from "#shared/platform/env.ts";
import { batch, each } from "./edge/queue/batch.ts";
import { recordSender } from "./edge/queue/recordSender.ts";

const names = env.runJob.parse(process.env);
const tables = openTables();
const queues = openQueues();
const now = Date.now;
const archive = s3Archive(names.ARCHIVE_BUCKET);
const deps = {
  jobs: dynamoJobs(tables, names.DEAD_LETTERS_TABLE, { region: names.AWS_REGION, now }),
  jobQueue: sqsJobs(queues, names.JOBS_QUEUE_URL),
  integrations: dynamoIntegrationMatchers(tables, names.INTEGRATIONS_TABLE),
  deadLetters: dynamoDeadLetters(tables, names.DEAD_LETTERS_TABLE, now),
  deliveries: sqsDeliveries(queues, names.DELIVERIES_QUEUE_URL),
  record: recordSender(names.RECORDS_QUEUE_URL),
  now,
  wait: (ms: number) => wait(ms),
};

export const handler = batch(
  jobKey,
  each((name: JobKey) => runJob(name, { ...deps, archiveReader: readArchive({ archive }) })),
  sqsMalformedMessages(queues, names.JOBS_DEAD_LETTERS_URL),
);
