import { asError } from "#shared/asError.ts";
import { openBuckets } from "#shared/aws/buckets.ts";
import { s3HeardDevices } from "#shared/aws/heardDevices.ts";
import { openQueues, sqsUnreadable } from "#shared/aws/queues.ts";
import { env } from "#shared/env.ts";
import { type Record, record } from "#shared/ledger/record.ts";
import { writeRecords } from "#shared/ledger/writeRecords.ts";
import { batch } from "./edge/batch.ts";

const names = env.record.parse(process.env);
const buckets = openBuckets();
const needs = {
  heardDevices: s3HeardDevices(buckets, names.RECORDS_BUCKET),
  now: Date.now,
};

/** All or nothing: what was written comes again with the rest, and changes nothing. */
const run = async (records: Record[]): Promise<(Error | undefined)[]> => {
  try {
    await writeRecords(records, needs);
    return [];
  } catch (error) {
    return records.map(() => asError(error));
  }
};

export const handler = batch(
  record,
  run,
  sqsUnreadable(openQueues(), names.RECORDS_DEAD_LETTERS_URL),
);
