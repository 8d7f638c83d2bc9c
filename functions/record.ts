import { dynamoAttempts } from "#shared/aws/delivery/attempts.ts";
import { s3LedgerEntries } from "#shared/aws/delivery/ledgerEntries.ts";
import { dynamoTraffic } from "#shared/aws/delivery/traffic.ts";
import { openQueues, sqsMalformedMessages } from "#shared/aws/event/queues.ts";
import { openBuckets, openTables } from "#shared/aws/platform/clients.ts";
import { s3DeviceActivity } from "#shared/aws/presence/deviceActivity.ts";
import { chooseAttempts } from "#shared/ledger/chooseAttempts.ts";
import { type LedgerRecord, ledgerRecord } from "#shared/ledger/record.ts";
import { storeRecords } from "#shared/ledger/storeRecords.ts";
import { asError } from "#shared/platform/asError.ts";
import { env } from "#shared/platform/env.ts";
import { logger } from "./edge/logger.ts";
import { batch } from "./edge/queue/batch.ts";

const names = env.record.parse(process.env);
const buckets = openBuckets();
const tables = openTables();
const now = Date.now;
const ledgerTable = { table: names.LEDGER_TABLE, region: names.AWS_REGION };
const deps = {
  activityStore: s3DeviceActivity(buckets, names.RECORDS_BUCKET),
  entries: s3LedgerEntries(buckets, names.RECORDS_BUCKET),
  attempts: dynamoAttempts(tables, ledgerTable, now),
  chooseAttempts: chooseAttempts(),
  traffic: dynamoTraffic(tables, ledgerTable, now),
  now,
  onError: (what: string, error: unknown) => logger.warn(what, { error }),
};

/**
 * On an error the whole batch is redelivered. Records that were stored before are stored again
 * without effect.
 */
const run = async (records: LedgerRecord[]): Promise<(Error | undefined)[]> => {
  try {
    await storeRecords(records, deps);
    return [];
  } catch (error) {
    return records.map(() => asError(error));
  }
};

export const handler = batch(
  ledgerRecord,
  run,
  sqsMalformedMessages(openQueues(), names.RECORDS_DEAD_LETTERS_URL),
);
