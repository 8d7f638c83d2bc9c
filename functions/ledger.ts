import { s3LedgerEntries } from "#shared/aws/delivery/ledgerEntries.ts";
import { dynamoLedgerRows } from "#shared/aws/delivery/ledgerRows.ts";
import { dynamoLimitUsage } from "#shared/aws/delivery/limitUsage.ts";
import { s3OpenUsage } from "#shared/aws/delivery/openUsage.ts";
import { dynamoUsageLimits } from "#shared/aws/delivery/usageLimits.ts";
import { dynamoUsageNotices } from "#shared/aws/delivery/usageNotices.ts";
import { dynamoUsageRows } from "#shared/aws/delivery/usageRows.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { failFast, openBuckets, openTables } from "#shared/aws/platform/clients.ts";
import { aggregateLedger } from "#shared/ledger/aggregateLedger.ts";
import { checkLimits } from "#shared/ledger/limit/checkLimits.ts";
import { mailNotice } from "#shared/ledger/limit/mailNotice.ts";
import { limitMeter } from "#shared/ledger/limit/meterLimits.ts";
import { noticeSender } from "#shared/ledger/limit/sendNotices.ts";
import { ledgerMarginMs, ledgerTimeoutSeconds } from "#shared/ledger/limits.ts";
import { aggregateUsage } from "#shared/ledger/usage/aggregateUsage.ts";
import { env } from "#shared/platform/env.ts";
import { logger } from "./edge/logger.ts";
import { openMailQueue } from "./edge/mailQueue.ts";
import { countSlices, measure } from "./edge/metrics.ts";
import { singleRun } from "./edge/singleRun.ts";

const names = env.ledger.parse(process.env);
const now = Date.now;
const ledgerTable = { table: names.LEDGER_TABLE, region: names.AWS_REGION };
const buckets = openBuckets();
const tables = openTables();
const deps = {
  entries: s3LedgerEntries(buckets, names.RECORDS_BUCKET),
  rows: dynamoLedgerRows(tables, ledgerTable, now),
  openUsage: s3OpenUsage(buckets, names.RECORDS_BUCKET),
  now,
};
const meter = { ...deps, rows: dynamoUsageRows(tables, ledgerTable, now) };
const limits = {
  limits: dynamoUsageLimits(tables, names.INTEGRATIONS_TABLE),
  limitUsage: dynamoLimitUsage(tables, ledgerTable, now),
  rows: meter.rows,
  entries: deps.entries,
  region: names.AWS_REGION,
  now,
};
const mailQueue = openMailQueue(names);
const notices = noticeSender({
  ...(mailQueue && { mail: mailNotice({ mailQueue, now }) }),
  notices: dynamoUsageNotices(tables, {
    table: names.LEDGER_TABLE,
    // The same order in every region: the first one decides about a notice.
    replicas: names.REGIONS.map((region) => openTables(failFast, region)),
  }),
  broker: iotBroker(),
  region: names.AWS_REGION,
  now,
});
const checks = {
  ...limits,
  notices,
  openUsage: deps.openUsage,
  onError: (fleet: string, error: unknown) =>
    logger.warn("limits of usage were not checked", { fleet, error }),
};

const work = async (): Promise<void> => {
  const deadline = now() + ledgerTimeoutSeconds * 1_000 - ledgerMarginMs;
  const { missing, overdue } = await aggregateLedger(deadline, deps);
  // Zeros included: the metric also tells when the ledger ran last.
  measure({ service: "ledger" }, { LedgerMissing: ["Count", missing] });
  countSlices("DeliveriesOverdue", "integration", overdue);
  const imbalances = await aggregateUsage(deadline, { ...meter, limits: limitMeter(limits) });
  measure({ service: "ledger" }, { UsageImbalances: ["Count", imbalances] });
  await checkLimits(deadline, checks);
};

/** Two concurrent runs would overwrite each other's results. */
export const handler = singleRun(
  { name: "ledger", timeoutSeconds: ledgerTimeoutSeconds, withoutLease: "fail" },
  names,
  work,
);
