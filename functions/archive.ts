import { archiveEvents } from "#shared/archive/archiveEvents.ts";
import { s3Archive } from "#shared/aws/event/archive.ts";
import { openQueues, sqsMalformedMessages } from "#shared/aws/event/queues.ts";
import { archiveMessage } from "#shared/event/archiveSetting.ts";
import { env } from "#shared/platform/env.ts";
import { batch } from "./edge/queue/batch.ts";

const names = env.archive.parse(process.env);
const archive = s3Archive(names.ARCHIVE_BUCKET);

export const handler = batch(
  archiveMessage,
  (messages) => archiveEvents(messages, { archive }),
  sqsMalformedMessages(openQueues(), names.ARCHIVE_DEAD_LETTERS_URL),
);
