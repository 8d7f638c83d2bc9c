import { s3Archive } from "#shared/aws/archive.ts";
import { openQueues, sqsUnreadable } from "#shared/aws/queues.ts";
import { env } from "#shared/env.ts";
import { archiveMessage } from "#shared/event/archived.ts";
import { archiveEvents } from "#shared/event/archiveEvents.ts";
import { batch } from "./edge/batch.ts";

const names = env.archive.parse(process.env);
const archive = s3Archive(names.ARCHIVE_BUCKET);

export const handler = batch(
  archiveMessage,
  (messages) => archiveEvents(messages, { archive }),
  sqsUnreadable(openQueues(), names.ARCHIVE_DEAD_LETTERS_URL),
);
