import * as z from "zod/mini";
import { daySeconds } from "../../platform/durations.ts";
import { recoveryDays } from "../../presence/recovery/limits.ts";
import {
  type SessionRecoveries,
  type SessionRecovery,
  type SessionRecoveryPage,
  sessionRecovery as schema,
} from "../../presence/recovery/sessionRecovery.ts";
import type { Tables } from "../call/tables.ts";

const timeDigits = 15;

/** Rows call the issue `ill`. */
const row = z.object({ ill: z.string() });
const readRow = (item: Record<string, unknown>): SessionRecovery =>
  schema.parse({ ...item, issue: row.parse(item).ill });

/** Sorts by time. The same recovery has the same key. */
const sortKey = ({ at, region, device, issue }: SessionRecovery): string =>
  [String(at).padStart(timeDigits, "0"), region, device, issue].join("#");

/** Recoveries in the table of sessions: one row for the device and one for the fleet. */
export const dynamoSessionRecoveries = (
  db: Tables,
  table: string,
  now: () => number = Date.now,
): SessionRecoveries => {
  const list = async (
    pk: string,
    { limit, after }: { limit: number; after?: string },
  ): Promise<SessionRecoveryPage> => {
    const { Items = [], LastEvaluatedKey } = await db.query({
      TableName: table,
      KeyConditionExpression: "pk = :pk AND sk < :before",
      // DynamoDB deletes expired rows within some days.
      FilterExpression: "expiresAt > :now",
      ExpressionAttributeValues: {
        ":pk": pk,
        ":before": after ?? ":",
        ":now": Math.floor(now() / 1_000),
      },
      ScanIndexForward: false,
      Limit: limit,
    });
    const recoveries = Items.map(readRow);
    const next = LastEvaluatedKey?.sk;
    return { recoveries, ...(typeof next === "string" && { next }) };
  };
  return {
    async add(recovery) {
      const expiresAt = Math.floor(recovery.at / 1_000) + recoveryDays * daySeconds;
      const { issue: ill, ...rest } = recovery;
      const { device, fleet } = rest;
      const sk = sortKey(recovery);
      const put = (pk: string) =>
        db.put({ TableName: table, Item: { pk, sk, ...rest, ill, expiresAt } });
      await Promise.all([put(`healings#device#${device}`), put(`healings#fleet#${fleet}`)]);
    },
    ofDevice: (device, page) => list(`healings#device#${device}`, page),
    ofFleet: (fleet, page) => list(`healings#fleet#${fleet}`, page),
  };
};
