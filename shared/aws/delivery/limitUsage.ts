import * as z from "zod/mini";
import { limitUsageDays } from "../../ledger/limit/limits.ts";
import {
  type LimitUsage,
  type LimitUsageRows,
  limitCounts,
  noLimitUsage,
  sharedLimitUsage,
} from "../../ledger/limit/ports.ts";
import { daySeconds } from "../../platform/durations.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { queryPages, type Tables } from "../call/tables.ts";

const pkOf = (fleet: string): string => `limitusage#${fleet}`;

const row = z.object({ sk: z.string(), counts: z.string() });

/** Rows that are written concurrently. */
const writesMax = 8;

/** A region's rows, by the limit; "" is the row of what the limits of the fleet share. */
const textsOf = ({ limits, culprits, raised }: LimitUsage): Map<string, string> =>
  new Map([
    ...Object.entries(limits).map(([id, counts]) => [id, JSON.stringify(counts)] as const),
    ["", JSON.stringify({ culprits, raised })],
  ]);

const skOf = (region: string, limit: string): string =>
  limit === "" ? region : `${region}#${limit}`;

/**
 * The counts of limits in the table of the ledger: a row for each fleet with limits, limit and
 * region, which the region replaces. One row for all limits of a fleet could become too large for
 * DynamoDB: the hours of two months are 30 kB. Rows that are not written any more expire.
 */
export const dynamoLimitUsage = (
  db: Tables,
  { table, region }: { table: string; region: string },
  now: () => number,
): LimitUsageRows => ({
  async ofFleet(fleet) {
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pkOf(fleet) },
      // This region's own rows: each run replaces what the one before has written.
      ConsistentRead: true,
    });
    const found = new Map<string, LimitUsage>();
    for await (const { Items } of pages) {
      for (const item of Items) {
        const { sk, counts } = row.parse(item);
        const [by = "", limit] = sk.split("#");
        const known = found.get(by) ?? noLimitUsage;
        const read = parseJson(counts);
        if (limit === undefined) found.set(by, { ...known, ...sharedLimitUsage.parse(read) });
        else {
          const limits = { ...known.limits, [limit]: limitCounts.parse(read) };
          found.set(by, { ...known, limits });
        }
      }
    }
    return found;
  },

  async put(fleet, usage, before) {
    const [next, stored] = [textsOf(usage), textsOf(before)];
    const changed = [...next].filter(([limit, counts]) => stored.get(limit) !== counts);
    const expiresAt = Math.ceil(now() / 1_000) + limitUsageDays * daySeconds;
    await mapConcurrently(changed, writesMax, async ([limit, counts]) => {
      const Item = { pk: pkOf(fleet), sk: skOf(region, limit), counts, expiresAt };
      await db.put({ TableName: table, Item });
    });
  },
});
