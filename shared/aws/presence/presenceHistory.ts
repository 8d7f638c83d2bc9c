import { daySeconds } from "../../platform/durations.ts";
import { pendingStatusesMax, presenceDays, presenceWritesMax } from "../../presence/limits.ts";
import {
  newestChangeFirst,
  type PresenceChange,
  type PresenceHistory,
  presenceChange as schema,
} from "../../presence/presenceHistory.ts";
import { queryPages, type Tables } from "../call/tables.ts";

const pkOf = (device: string): string => `presence#${device}`;

/** A ring of rows: the number of rows of a device and region is bounded without reading them. */
const sortKey = ({ region, write, index }: PresenceChange): string =>
  `${region}#${write % presenceWritesMax}#${index % pendingStatusesMax}`;

/** Changes of presence in the table of sessions, a row each. */
export const dynamoPresenceHistory = (
  db: Tables,
  table: string,
  now: () => number = Date.now,
): PresenceHistory => ({
  async add(change) {
    const expiresAt = Math.floor(change.at / 1_000) + presenceDays * daySeconds;
    const Item = { pk: pkOf(change.device), sk: sortKey(change), ...change, expiresAt };
    await db.put({ TableName: table, Item });
  },

  async list(device) {
    const found: PresenceChange[] = [];
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :device",
      // DynamoDB deletes expired rows within some days.
      FilterExpression: "expiresAt > :now",
      ExpressionAttributeValues: { ":device": pkOf(device), ":now": Math.floor(now() / 1_000) },
    });
    for await (const { Items } of pages) found.push(...Items.map((item) => schema.parse(item)));
    return found.sort(newestChangeFirst);
  },
});
