import { ledgerDays, ledgerSliceMs, trafficBucketMs } from "../../ledger/limits.ts";
import {
  type Traffic,
  type TrafficCount,
  type TrafficMinute,
  type TrafficOf,
  trafficNames,
} from "../../ledger/traffic.ts";
import { daySeconds } from "../../platform/durations.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { queryPages, type Tables, type UpdateInput } from "../call/tables.ts";
import { sortableTime } from "../platform/rows.ts";

/** Concurrent writes of rows. */
const atOnceMax = 20;

interface Place {
  readonly table: string;
  readonly region: string;
}

const pkOf = ({ fleet, device }: Pick<TrafficOf, "fleet" | "device">): string =>
  device === undefined ? `fleet#${fleet}` : `fleet#${fleet}#device#${device}`;

const startOf = (at: number): number => Math.floor(at / trafficBucketMs) * trafficBucketMs;

/** The attribute of a count of a minute: `m59n1` is the second count of the last minute. */
const attributeOf = (minute: number, count: number): string => `m${minute}n${count}`;

const update = (
  { fleet, device, metric, at, counts }: TrafficCount,
  { table, region }: Place,
): UpdateInput => {
  const bucket = startOf(at);
  const minute = Math.floor((at - bucket) / ledgerSliceMs);
  const given = counts.flatMap((count, i) => (count > 0 ? [{ count, i }] : []));
  const additions = given.map(({ i }) => `${attributeOf(minute, i)} :n${i}`);
  return {
    TableName: table,
    Key: { pk: pkOf({ fleet, device }), sk: `${metric}#${sortableTime(bucket)}#${region}` },
    UpdateExpression: `ADD ${additions.join(", ")} SET expiresAt = :expires`,
    ExpressionAttributeValues: {
      ...Object.fromEntries(given.map(({ count, i }) => [`:n${i}`, count])),
      ":expires": Math.ceil(bucket / 1_000) + ledgerDays * daySeconds,
    },
  };
};

/** Events and calls in the table of the ledger: a row for each hour, with an attribute a minute. */
export const dynamoTraffic = (db: Tables, place: Place, now: () => number): Traffic => ({
  async add(counts) {
    const given = counts.filter((one) => one.counts.some((count) => count > 0));
    await mapConcurrently(given, atOnceMax, (one) => db.update(update(one, place)));
  },

  async minutes({ fleet, device, metric }, { from, to }) {
    const found: TrafficMinute[] = [];
    const pages = queryPages(db, {
      TableName: place.table,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
      // The table's time to live removes rows late.
      FilterExpression: "expiresAt > :now",
      ExpressionAttributeValues: {
        ":pk": pkOf({ fleet, device }),
        ":from": `${metric}#${sortableTime(startOf(from))}`,
        ":to": `${metric}#${sortableTime(to)}`,
        ":now": Math.floor(now() / 1_000),
      },
    });
    for await (const { Items } of pages) {
      for (const item of Items) found.push(...minutesIn(item, metric));
    }
    return found
      .filter(({ at }) => at + ledgerSliceMs > from && at < to)
      .sort((one, other) => one.at - other.at);
  },
});

const minutesIn = (
  item: Record<string, unknown>,
  metric: TrafficCount["metric"],
): TrafficMinute[] => {
  const bucket = Number(String(item.sk).split("#")[1]);
  return Array.from({ length: trafficBucketMs / ledgerSliceMs }, (_, minute) => ({
    at: bucket + minute * ledgerSliceMs,
    counts: trafficNames[metric].map((_name, i) => Number(item[attributeOf(minute, i)] ?? 0)),
  })).filter(({ counts }) => counts.some((count) => count > 0));
};
