import * as z from "zod/mini";
import { usageDays } from "../../ledger/usage/limits.ts";
import type {
  DevicesPeriod,
  FleetPeriod,
  PeriodKey,
  PeriodRange,
  UsageLevel,
  UsageRows,
} from "../../ledger/usage/ports.ts";
import { addToUsage, type Usage, usageShardOf, usageShards } from "../../ledger/usage/usage.ts";
import { daySeconds } from "../../platform/durations.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { queryPages, type Tables } from "../call/tables.ts";
import { sortableTime } from "../platform/rows.ts";
import {
  deviceLines,
  fleetLines,
  linesOfDevices,
  linesOfFleets,
  packLines,
  readCounts,
  unpackLines,
} from "./usageLines.ts";

/** Concurrent writes of rows. */
const atOnceMax = 8;

interface Place {
  readonly table: string;
  readonly region: string;
}

type Kind = "device" | "fleet";

const pkOf = (level: UsageLevel, kind: Kind, shard: number): string =>
  `usage#${level}#${kind}#${String(shard).padStart(2, "0")}`;

/**
 * A row of a period. A period with many lines has several parts, of which the first has the number.
 */
interface Row {
  readonly start: number;
  readonly region: string;
  readonly part: number;
  readonly parts: number;
  readonly data: Uint8Array;
}

const item = z.object({
  sk: z.string(),
  parts: z._default(z.number(), 0),
  data: z.instanceof(Uint8Array),
});

const readRow = (stored: unknown): Row => {
  const { sk, parts, data } = item.parse(stored);
  const [start, region = "", part] = sk.split("#");
  return { start: Number(start), region, part: Number(part), parts, data };
};

interface Deps {
  readonly db: Tables;
  readonly place: Place;
  readonly now: () => number;
}

interface Shard {
  readonly kind: Kind;
  readonly shard: number;
}

const putRow = async (
  { level, start, again }: PeriodKey,
  { kind, shard, parts: given }: Shard & { readonly parts: readonly (readonly unknown[])[] },
  { db, place }: Deps,
): Promise<void> => {
  const parts = given.length === 0 && again ? [[]] : given;
  // The first part is the last to be written: it has the number of parts that are valid.
  for (const [part, lines] of [...parts.entries()].reverse()) {
    await db.put({
      TableName: place.table,
      Item: {
        pk: pkOf(level, kind, shard),
        sk: `${sortableTime(start)}#${place.region}#${part}`,
        data: await packLines(lines),
        ...(part === 0 && { parts: parts.length }),
        expiresAt: Math.ceil(start / 1_000) + usageDays[level] * daySeconds,
      },
    });
  }
};

const readRows = async (
  { level, from, to }: PeriodRange,
  { kind, shard }: Shard,
  { db, place, now }: Deps,
): Promise<Row[]> => {
  const pages = queryPages(db, {
    TableName: place.table,
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
    // The table's time to live removes rows late.
    FilterExpression: "expiresAt > :now",
    ExpressionAttributeValues: {
      ":pk": pkOf(level, kind, shard),
      ":from": sortableTime(from),
      ":to": sortableTime(to),
      ":now": Math.floor(now() / 1_000),
    },
  });
  const found: Row[] = [];
  for await (const { Items } of pages) found.push(...Items.map(readRow));
  const periodOf = ({ start, region }: Row): string => `${start}#${region}`;
  const parts = new Map(
    found.flatMap((row) => (row.part === 0 ? [[periodOf(row), row.parts]] : [])),
  );
  // A period that had more lines before leaves parts behind.
  return found.filter((row) => row.part < (parts.get(periodOf(row)) ?? 0));
};

/**
 * Usage in the table of the ledger. A row has the devices, or the fleets, of a shard in one period
 * and one region: compressed lines of many devices, so that a device costs about 17 bytes of a
 * write. A row is replaced, never added to.
 */
export const dynamoUsageRows = (db: Tables, place: Place, now: () => number): UsageRows => {
  const deps = { db, place, now };
  return {
    putDevices: (key, shard, usage) =>
      putRow(key, { kind: "device", shard, parts: linesOfDevices(usage) }, deps),

    async putFleets(key, fleets) {
      const shards = Map.groupBy(fleets, ([fleet]) => usageShardOf(fleet));
      const all = Array.from({ length: usageShards }, (_, shard) => shard);
      await mapConcurrently(all, atOnceMax, (shard) =>
        putRow(key, { kind: "fleet", shard, parts: linesOfFleets(shards.get(shard) ?? []) }, deps),
      );
    },

    async ownDevices(range, shard) {
      const usage: Usage = new Map();
      for (const row of await readRows(range, { kind: "device", shard: shard }, deps)) {
        if (row.region !== place.region) continue;
        for (const [fleet, devices] of await unpackLines(row.data, deviceLines)) {
          for (const [device, stored] of devices) {
            addToUsage(usage, { fleet, device }, readCounts(stored));
          }
        }
      }
      return usage;
    },

    async ownFleets(level, start) {
      const shards = Array.from({ length: usageShards }, (_, shard) => shard);
      const found = await mapConcurrently(shards, atOnceMax, async (shard) => {
        const some = await readRows(
          { level, from: start, to: start + 1 },
          { kind: "fleet", shard: shard },
          deps,
        );
        const own = some.filter(({ region }) => region === place.region);
        return (await Promise.all(own.map((row) => unpackLines(row.data, fleetLines)))).flat();
      });
      return new Map(found.flat().map(([fleet, stored]) => [fleet, readCounts(stored)]));
    },

    async fleet(fleet, range) {
      const found: FleetPeriod[] = [];
      for (const row of await readRows(
        range,
        { kind: "fleet", shard: usageShardOf(fleet) },
        deps,
      )) {
        const line = (await unpackLines(row.data, fleetLines)).find(([name]) => name === fleet);
        if (line === undefined && row.part > 0) continue;
        const [, stored = [], top = []] = line ?? [];
        found.push({
          start: row.start,
          region: row.region,
          counts: readCounts(stored),
          top: top.map(([device, operations]) => ({ device, operations })),
        });
      }
      return found;
    },

    async devices({ fleet, shard, device }, range) {
      const found: DevicesPeriod[] = [];
      for (const row of await readRows(range, { kind: "device", shard: shard }, deps)) {
        const own =
          (await unpackLines(row.data, deviceLines)).find(([name]) => name === fleet)?.[1] ?? [];
        const wanted = device === undefined ? own : own.filter(([id]) => id === device);
        found.push({
          start: row.start,
          region: row.region,
          devices: new Map(wanted.map(([id, stored]) => [id, readCounts(stored)])),
        });
      }
      return found;
    },
  };
};
