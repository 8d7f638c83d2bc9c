import { createHash } from "node:crypto";
import { attemptDays } from "../../delivery/limits.ts";
import { attemptRowMs, attemptsSampledMax } from "../../ledger/limits.ts";
import {
  type Attempt,
  type AttemptPage,
  type AttemptQuery,
  type AttemptRow,
  type Attempts,
  attempt as schema,
} from "../../ledger/record.ts";
import { daySeconds } from "../../platform/durations.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { Tables } from "../call/tables.ts";
import { gzippedLines } from "../platform/objects.ts";
import { sortableTime } from "../platform/rows.ts";

/** Concurrent writes and reads of rows. */
const atOnceMax = 20;

const prefix = "attempt#";

/**
 * Stores attempts in a DynamoDB global table, as compressed lines: a row for the attempts of an
 * integration in one call and `attemptRowMs`. The key is made of its attempts, so that a row that
 * is written again replaces itself.
 */
export const dynamoAttempts = (
  db: Tables,
  { table, region }: { table: string; region: string },
  now: () => number,
): Attempts => ({
  async add(attempts, at) {
    const all = [...Map.groupBy(attempts, ({ integration }) => integration)];
    const rows = all.flatMap(([integration, some]) =>
      [...Map.groupBy(worthMost(some), (one) => Math.floor(one.at / attemptRowMs)).values()].map(
        (together) => ({ integration, together }),
      ),
    );
    await mapConcurrently(rows, atOnceMax, async ({ integration, together }) => {
      const Item = {
        pk: `integration#${integration}`,
        sk: `${prefix}${rowKey(together, region)}`,
        attempts: await gzippedLines.write(together),
        expiresAt: Math.ceil(at / 1_000) + attemptDays * daySeconds,
      };
      await db.put({ TableName: table, Item });
    });
  },

  async list(integration, max) {
    const found = new Map<string, Attempt>();
    let after: string | undefined;
    do {
      const page = await readPage(db, { table, integration, now, after, limit: atOnceMax });
      for (const one of page.rows.flatMap((row) => row.attempts)) {
        found.set(`${one.delivery}/${one.number}/${one.at}`, one);
      }
      after = page.next;
    } while (after !== undefined && found.size < max);
    return [...found.values()].sort(newestFirst).slice(0, max);
  },

  page: (integration, query) => readPage(db, { table, integration, now, ...query }),
});

const rowKey = (attempts: readonly Attempt[], region: string): string => {
  const latest = Math.max(...attempts.map(({ at }) => at));
  const digest = createHash("sha256").update(JSON.stringify(attempts)).digest("hex").slice(0, 24);
  return `${sortableTime(latest)}#${region}#${digest}`;
};

interface Wanted extends AttemptQuery {
  readonly table: string;
  readonly integration: string;
  readonly now: () => number;
}

/** Sorts after the key of every row. */
const latestKey = "~";

const readPage = async (
  db: Tables,
  { table, integration, now, since = 0, until, from, after, limit }: Wanted,
): Promise<AttemptPage> => {
  const pk = `integration#${integration}`;
  const last = until === undefined ? latestKey : sortableTime(until + attemptRowMs);
  const first = sortableTime(since);
  const upTo = from === undefined || from > last ? last : from;
  // DynamoDB rejects a start key outside of the queried range.
  if (first > upTo || (after !== undefined && after < first)) return { rows: [] };
  const isInside = after !== undefined && after <= upTo;
  const { Items, LastEvaluatedKey } = await db.query({
    TableName: table,
    KeyConditionExpression: "pk = :integration AND sk BETWEEN :first AND :last",
    FilterExpression: "expiresAt > :now",
    ExpressionAttributeValues: {
      ":integration": pk,
      ":first": `${prefix}${first}`,
      ":last": `${prefix}${upTo}`,
      ":now": Math.floor(now() / 1_000),
    },
    ScanIndexForward: false,
    ExclusiveStartKey: isInside ? { pk, sk: `${prefix}${after}` } : undefined,
    Limit: limit,
  });
  const rows = await Promise.all(Items.map(readRow));
  const passed = LastEvaluatedKey?.sk;
  return { rows, ...(typeof passed === "string" && { next: passed.slice(prefix.length) }) };
};

const readRow = async ({ sk, attempts }: Record<string, unknown>): Promise<AttemptRow> => {
  const lines = attempts instanceof Uint8Array ? await gzippedLines.read(attempts) : [];
  const read = lines.map((line) => schema.parse(line));
  return { key: String(sk).slice(prefix.length), attempts: read.sort(newestFirst) };
};

const newestFirst = (one: Attempt, other: Attempt): number => other.at - one.at;

/** Failed attempts first, each newest first. */
const worthMost = (attempts: readonly Attempt[]): Attempt[] =>
  [...attempts]
    .sort((one, other) => Number(one.ok) - Number(other.ok) || newestFirst(one, other))
    .slice(0, attemptsSampledMax);
