import * as z from "zod/mini";
import { type LimitUsageRows, limitUsage } from "../../ledger/limit/ports.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { queryPages, type Tables } from "../call/tables.ts";

const pkOf = (fleet: string): string => `limitusage#${fleet}`;

const row = z.object({ sk: z.string(), counts: z.string() });

/**
 * The counts of limits in the table of the ledger: one row for each fleet with limits and region,
 * which the region replaces.
 */
export const dynamoLimitUsage = (
  db: Tables,
  { table, region }: { table: string; region: string },
): LimitUsageRows => ({
  async ofFleet(fleet) {
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pkOf(fleet) },
      // This region's own row: each run replaces what the one before has written.
      ConsistentRead: true,
    });
    const found = new Map<string, z.output<typeof limitUsage>>();
    for await (const { Items } of pages) {
      for (const item of Items) {
        const { sk, counts } = row.parse(item);
        found.set(sk, limitUsage.parse(parseJson(counts)));
      }
    }
    return found;
  },

  async put(fleet, usage) {
    const Item = { pk: pkOf(fleet), sk: region, counts: JSON.stringify(usage) };
    await db.put({ TableName: table, Item });
  },
});
