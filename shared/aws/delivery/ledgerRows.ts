import type { DeliveryCounts, IntegrationCounts } from "../../ledger/countDeliveries.ts";
import { countNames, zeroCounts } from "../../ledger/countDeliveries.ts";
import { ledgerBucketMs, ledgerDays, ledgerSliceMs } from "../../ledger/limits.ts";
import type { LedgerBucket, LedgerMinute, LedgerRows, LedgerSum } from "../../ledger/ports.ts";
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

  async list(integration, range) {
    const buckets = new Map<number, Bucket>();
    for await (const item of items(db, { table, integration, ...range }, now)) {
      addTo(buckets, item);
    }
    return [...buckets.values()];
  },

  async minutes(integration, { from, to }) {
    const found: LedgerMinute[] = [];
    const first = Math.floor(from / ledgerBucketMs) * ledgerBucketMs;
    for await (const item of items(db, { table, integration, from: first, to }, now)) {
      const bucket = Number(String(item.sk).split("#")[1]);
      for (let n = 0; n < ledgerBucketMs / ledgerSliceMs; n += 1) {
        const at = bucket + n * ledgerSliceMs;
        const { [`s${n}`]: stored } = item;
        if (stored === undefined || at + ledgerSliceMs <= from || at >= to) continue;
        const values = String(stored).split(",").map(Number);
        const [late = 0, settledAt = 0] = values.slice(countNames.length);
        found.push({ at, counts: countsOf(values), late, settledAt });
      }
    }
    return found.sort((one, other) => one.at - other.at);
  },

  async sum(integration, { from, to }) {
    const sum: Sum = { ...zeroCounts, late: 0, settledAt: 0, missingIds: [] };
    const first = Math.floor(from / ledgerBucketMs) * ledgerBucketMs;
    for await (const item of items(db, { table, integration, from: first, to }, now)) {
      const bucket = Number(String(item.sk).split("#")[1]);
      for (let n = 0; n < ledgerBucketMs / ledgerSliceMs; n += 1) {
        const slice = bucket + n * ledgerSliceMs;
        if (slice + ledgerSliceMs > from && slice < to) addSlice(sum, item, n);
      }
    }
    return sum;
  },
});

interface Wanted {
  readonly table: string;
  readonly integration: string;
  readonly from: number;
  readonly to: number;
}

/** The rows of buckets that begin from `from` (inclusive) to `to` (exclusive), oldest first. */
async function* items(
  db: Tables,
  { table, integration, from, to }: Wanted,
  now: () => number,
): AsyncGenerator<Record<string, unknown>> {
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
    yield* Items;
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}

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
      ":counts": [...countNames.map((name) => counts[name]), counts.late, counts.settledAt].join(),
      ...(named && { ":missing": [...counts.missingIds] }),
      ":expires": Math.ceil(bucket / 1_000) + ledgerDays * daySeconds,
    },
  };
};

const countsOf = (values: readonly number[]): DeliveryCounts => {
  const counts: { -readonly [Name in keyof DeliveryCounts]: number } = { ...zeroCounts };
  for (const [i, name] of countNames.entries()) counts[name] = values[i] ?? 0;
  return counts;
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

type Sum = { -readonly [Name in keyof LedgerSum]: LedgerSum[Name] } & { missingIds: string[] };

/** Adds the counts of the slice with this number in a bucket. */
const addSlice = (sum: Sum, item: Record<string, unknown>, n: number): void => {
  const { [`s${n}`]: counts, [`m${n}`]: missing } = item;
  if (counts === undefined) return;
  const values = String(counts).split(",").map(Number);
  for (const [i, name] of countNames.entries()) sum[name] += values[i] ?? 0;
  const [late = 0, settledAt = 0] = values.slice(countNames.length);
  sum.late += late;
  sum.settledAt = Math.max(sum.settledAt, settledAt);
  if (Array.isArray(missing)) sum.missingIds.push(...missing.map(String));
};
