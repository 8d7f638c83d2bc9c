import { asError } from "#shared/asError.ts";
import { dynamoAttempts } from "#shared/aws/attempts.ts";
import { openBuckets } from "#shared/aws/buckets.ts";
import { s3HeardDevices } from "#shared/aws/heardDevices.ts";
import { s3LedgerEntries } from "#shared/aws/ledgerEntries.ts";
import { openQueues, sqsUnreadable } from "#shared/aws/queues.ts";
import { openTables } from "#shared/aws/tables.ts";
import { env } from "#shared/env.ts";
import { type Record, record } from "#shared/ledger/record.ts";
import { writeRecords } from "#shared/ledger/writeRecords.ts";
import { batch } from "./edge/batch.ts";

const names = env.record.parse(process.env);
const buckets = openBuckets();
const now = Date.now;
const place = { table: names.LEDGER_TABLE, region: names.AWS_REGION };
const needs = {
  heardDevices: s3HeardDevices(buckets, names.RECORDS_BUCKET),
  entries: s3LedgerEntries(buckets, names.RECORDS_BUCKET),
  attempts: dynamoAttempts(openTables(), place, now),
  now,
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
