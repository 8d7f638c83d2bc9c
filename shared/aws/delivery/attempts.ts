import { randomUUID } from "node:crypto";
import { attemptDays } from "../../delivery/limits.ts";
import { attemptsSampledMax } from "../../ledger/limits.ts";
import { type Attempt, type Attempts, attempt as schema } from "../../ledger/record.ts";
import { daySeconds } from "../../platform/durations.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { Tables } from "../call/tables.ts";
import { gzippedLines } from "../platform/objects.ts";
import { sortableTime } from "../platform/rows.ts";

/** Concurrent writes and reads of rows. */
const atOnceMax = 20;

/**
 * Stores attempts in a DynamoDB global table: a row per integration and call, with compressed
 * lines.
 */
export const dynamoAttempts = (
  db: Tables,
  { table, region }: { table: string; region: string },
  now: () => number,
): Attempts => ({
  async add(attempts, at) {
    const rows = Map.groupBy(attempts, ({ integration }) => integration);
    await mapConcurrently(rows, atOnceMax, async ([integration, some]) => {
      const Item = {
        pk: `integration#${integration}`,
        sk: `attempt#${sortableTime(at)}#${region}#${randomUUID()}`,
        attempts: await gzippedLines.write(worthMost(some)),
        expiresAt: Math.ceil(at / 1_000) + attemptDays * daySeconds,
      };
      await db.put({ TableName: table, Item });
    });
  },

  async list(integration, max) {
    const found = new Map<string, Attempt>();
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await db.query({
        TableName: table,
        KeyConditionExpression: "pk = :integration AND begins_with(sk, :attempt)",
        FilterExpression: "expiresAt > :now",
        ExpressionAttributeValues: {
          ":integration": `integration#${integration}`,
          ":attempt": "attempt#",
          ":now": Math.floor(now() / 1_000),
        },
        ScanIndexForward: false,
        Limit: atOnceMax,
        ExclusiveStartKey,
      });
      for (const { attempts } of Items) {
        const lines = attempts instanceof Uint8Array ? await gzippedLines.read(attempts) : [];
        for (const line of lines) {
          const one = schema.parse(line);
          found.set(`${one.delivery}/${one.number}/${one.at}`, one);
        }
      }
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined && found.size < max);
    return [...found.values()].sort(newestFirst).slice(0, max);
  },
});

const newestFirst = (one: Attempt, other: Attempt): number => other.at - one.at;

/** Failed attempts first, each newest first. */
const worthMost = (attempts: readonly Attempt[]): Attempt[] =>
  [...attempts]
    .sort((one, other) => Number(one.ok) - Number(other.ok) || newestFirst(one, other))
    .slice(0, attemptsSampledMax);
