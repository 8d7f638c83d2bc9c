import * as z from "zod/mini";
import { daySeconds } from "../../platform/durations.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { vitalsDays, vitalsReadMax } from "../../presence/vitals/limits.ts";
import {
  vitals as schema,
  type VitalsRange,
  type VitalsStore,
  vitalsPayload,
} from "../../presence/vitals/vitals.ts";
import type { Tables } from "../call/tables.ts";
import { sortableTime } from "../platform/rows.ts";

const pkOf = (device: string): string => `vitals#${device}`;

/** The payload is JSON text: one attribute, with the numbers as the device has sent them. */
const row = z.pipe(
  z.looseObject({ payload: z.string() }),
  z.transform(({ payload, ...rest }) => ({ ...rest, payload: parseJson(payload) })),
);
const stored = z.pipe(row, z.object({ ...schema.shape, payload: vitalsPayload }));

/** The last sort key before the end of a range. */
const rangeKeys = ({ since, until }: VitalsRange) => ({
  ":first": sortableTime(Math.max(0, since)),
  ":last": sortableTime(Math.min(until, timeMax)),
});

/** 15 digits: the width of times in sort keys. */
const timeMax = 999_999_999_999_999;

/** Vitals of devices in the firmware table, a row each, in the order of their times. */
export const dynamoVitals = (
  db: Tables,
  table: string,
  now: () => number = Date.now,
): VitalsStore => ({
  async add(vitals) {
    const { device, at, event, payload } = vitals;
    const Item = {
      pk: pkOf(device),
      sk: `${sortableTime(at)}#${event}`,
      ...vitals,
      payload: JSON.stringify(payload),
      expiresAt: Math.floor(at / 1_000) + vitalsDays * daySeconds,
    };
    await db.put({ TableName: table, Item });
  },

  async count(device, range, max) {
    const { Count } = await db.query({
      TableName: table,
      KeyConditionExpression: "pk = :device AND sk BETWEEN :first AND :last",
      ExpressionAttributeValues: { ":device": pkOf(device), ...rangeKeys(range) },
      Select: "COUNT",
      Limit: max,
    });
    return Count;
  },

  async list(device, { fleet, limit, after, ...range }) {
    const pk = pkOf(device);
    const keys = rangeKeys(range);
    // DynamoDB rejects a start key outside of the queried range.
    const isInside = after === undefined || (after >= keys[":first"] && after <= keys[":last"]);
    if (keys[":first"] > keys[":last"] || !isInside) return { vitals: [] };
    const found: z.output<typeof stored>[] = [];
    let start: object | undefined = after === undefined ? undefined : { pk, sk: after };
    for (let read = 0; read < vitalsReadMax && found.length < limit; ) {
      const wanted = limit - found.length;
      const { Items, LastEvaluatedKey } = await db.query({
        TableName: table,
        KeyConditionExpression: "pk = :device AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues: { ":device": pk, ...keys },
        ScanIndexForward: false,
        Limit: wanted,
        ExclusiveStartKey: start,
      });
      read += Math.max(1, Items.length);
      const expired = Math.floor(now() / 1_000);
      found.push(
        // DynamoDB deletes expired rows within some days.
        ...Items.filter((item) => item.fleet === fleet && Number(item.expiresAt) > expired).map(
          (item) => stored.parse(item),
        ),
      );
      if (LastEvaluatedKey === undefined) return { vitals: found };
      start = LastEvaluatedKey;
    }
    const next = start !== undefined && "sk" in start ? start.sk : undefined;
    return { vitals: found, ...(typeof next === "string" && { next }) };
  },
});
