import type { IntegrationCounts } from "../../ledger/countDeliveries.ts";
import { countNames, zeroCounts } from "../../ledger/countDeliveries.ts";
import { ledgerBucketMs, ledgerDays, ledgerSliceMs } from "../../ledger/limits.ts";
import type { LedgerBucket, LedgerRows } from "../../ledger/ports.ts";
import { daySeconds } from "../../platform/durations.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { Tables } from "../call/tables.ts";
import { sortableTime } from "../platform/rows.ts";

/** Concurrent writes of rows. */
const atOnceMax = 20;

interface Place {
  readonly table: string;
  readonly region: string;
}

/**
 * Stores the totals of the ledger in a DynamoDB global table: a row per integration, bucket and
 * region, with an attribute per slice. A slice's totals are replaced, never added, so writes are
 * idempotent.
 */
export const dynamoLedgerRows = (
  db: Tables,
  { table, region }: Place,
  now: () => number,
): LedgerRows => ({
  async put(slice, countsByIntegration) {
    await mapConcurrently(countsByIntegration, atOnceMax, (row) =>
      db.update(update(slice, row, { table, region })),
    );
  },

  async list(integration, { from, to }) {
    const buckets = new Map<number, Bucket>();
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await db.query({
        TableName: table,
        KeyConditionExpression: "pk = :integration AND sk BETWEEN :from AND :to",
        // The table's time to live removes rows late.
        FilterExpression: "expiresAt > :now",
        ExpressionAttributeValues: {
          ":integration": `integration#${integration}`,
          ":from": `bucket#${sortableTime(from)}`,
          ":to": `bucket#${sortableTime(to)}`,
          ":now": Math.floor(now() / 1_000),
        },
        ExclusiveStartKey,
      });
      for (const item of Items) addTo(buckets, item);
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return [...buckets.values()];
  },
});

const update = (
  slice: number,
  [integration, counts]: [string, IntegrationCounts],
  { table, region }: Place,
) => {
  const bucket = Math.floor(slice / ledgerBucketMs) * ledgerBucketMs;
  const n = (slice - bucket) / ledgerSliceMs;
  const named = counts.missingIds.length > 0;
  return {
    TableName: table,
    Key: { pk: `integration#${integration}`, sk: `bucket#${sortableTime(bucket)}#${region}` },
    UpdateExpression: named
      ? "SET #slice = :counts, #missing = :missing, expiresAt = :expires"
      : "SET #slice = :counts, expiresAt = :expires REMOVE #missing",
    ExpressionAttributeNames: { "#slice": `s${n}`, "#missing": `m${n}` },
    ExpressionAttributeValues: {
      ":counts": countNames.map((name) => counts[name]).join(),
      ...(named && { ":missing": [...counts.missingIds] }),
      ":expires": Math.ceil(bucket / 1_000) + ledgerDays * daySeconds,
    },
  };
};

type Bucket = { -readonly [Name in keyof LedgerBucket]: LedgerBucket[Name] } & {
  missingIds: string[];
};

const addTo = (buckets: Map<number, Bucket>, item: Record<string, unknown>): void => {
  const from = Number(String(item.sk).split("#")[1]);
  const bucket = buckets.get(from) ?? { ...zeroCounts, from, missingIds: [] };
  buckets.set(from, bucket);
  for (const [attribute, value] of Object.entries(item)) {
    if (/^s\d+$/.test(attribute)) {
      const counts = String(value).split(",").map(Number);
      for (const [i, name] of countNames.entries()) bucket[name] += counts[i] ?? 0;
    }
    if (/^m\d+$/.test(attribute) && Array.isArray(value)) {
      bucket.missingIds.push(...value.map(String));
    }
  }
};
