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
  deviceLine,
  deviceLineName,
  deviceLineNames,
  fleetLine,
  type LinesPart,
  linesOfDevices,
  linesOfFleets,
  packLines,
  readCounts,
  unpackLine,
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
 * A row of a period. A period with many lines has several parts, sorted by the names of their
 * lines. The first part has the names at which the others begin, so that a reader of few lines
 * reads few parts.
 */
interface Row {
  readonly start: number;
  readonly region: string;
  readonly part: number;
  /** The number of parts. Only the first part has it, and what follows. */
  readonly parts: number;
  /**
   * The name of the first line of each other part. Earlier versions stored none, and stored the
   * other parts beside the first one.
   */
  readonly starts: readonly string[];
  readonly data: Uint8Array;
}

const item = z.object({
  sk: z.string(),
  parts: z._default(z.number(), 0),
  starts: z._default(z.array(z.string()), []),
  data: z.instanceof(Uint8Array),
});

/** Sorts after the first parts of all periods. */
const otherParts = "~";
const partDigits = 5;

const partKey = ({ start, region }: Pick<Row, "start" | "region">, part: number): string =>
  part === 0
    ? `${sortableTime(start)}#${region}#0`
    : `${otherParts}${sortableTime(start)}#${region}#${String(part).padStart(partDigits, "0")}`;

const readRow = (stored: unknown): Row => {
  const { sk, ...row } = item.parse(stored);
  const [start, region = "", part] = sk.replace(otherParts, "").split("#");
  return { start: Number(start), region, part: Number(part), ...row };
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
  { kind, shard, parts: given }: Shard & { readonly parts: readonly LinesPart[] },
  { db, place }: Deps,
): Promise<void> => {
  const parts = given.length === 0 && again ? [{ first: "", lines: [] }] : given;
  const put = async (part: number, lines: readonly unknown[], more: object): Promise<void> =>
    db.put({
      TableName: place.table,
      Item: {
        pk: pkOf(level, kind, shard),
        sk: partKey({ start, region: place.region }, part),
        data: await packLines(lines),
        ...more,
        expiresAt: Math.ceil(start / 1_000) + usageDays[level] * daySeconds,
      },
    });
  const [first, ...others] = parts;
  if (first === undefined) return;
  await mapConcurrently([...others.entries()], atOnceMax, ([i, { lines }]) =>
    put(i + 1, lines, {}),
  );
  // The first part is the last to be written: it says which parts are valid.
  const starts = others.map((one) => one.first);
  await put(0, first.lines, { parts: parts.length, ...(starts.length > 0 && { starts }) });
};

/** The names of the wanted lines: from the first to the second one. Absent: all. */
type Names = readonly [string, string];

const readRows = async (
  { level, from, to }: PeriodRange,
  { kind, shard, names }: Shard & { readonly names?: Names },
  deps: Deps,
): Promise<Row[]> => {
  const pk = pkOf(level, kind, shard);
  const found = await queryRows(pk, [sortableTime(from), sortableTime(to)], deps);
  const firsts = found.filter(({ part }) => part === 0);
  const parts = new Map(firsts.map((row) => [periodOf(row), row]));
  const isOld = ({ starts, parts: number }: Row): boolean => starts.length < number - 1;
  // Beside the first part: a period of an earlier version, which may have left parts behind.
  const beside = found.filter((row) => {
    const first = parts.get(periodOf(row));
    return row.part > 0 && first !== undefined && isOld(first) && row.part < first.parts;
  });
  const divided = firsts.filter(({ starts }) => starts.length > 0);
  if (divided.length === 0) return [...firsts, ...beside];
  const others =
    names === undefined
      ? await allParts(pk, { from, to, parts }, deps)
      : (
          await mapConcurrently(divided, atOnceMax, (first) =>
            somePartsOf(pk, { first, names }, deps),
          )
        ).flat();
  return [...firsts, ...beside, ...others];
};

const periodOf = ({ start, region }: Row): string => `${start}#${region}`;

/** The other parts of all periods of a range. */
const allParts = async (
  pk: string,
  { from, to, parts }: { from: number; to: number; parts: ReadonlyMap<string, Row> },
  deps: Deps,
): Promise<Row[]> => {
  const keys: Names = [`${otherParts}${sortableTime(from)}`, `${otherParts}${sortableTime(to)}`];
  const found = await queryRows(pk, keys, deps);
  // A period that had more lines before leaves parts behind.
  return found.filter((row) => row.part <= (parts.get(periodOf(row))?.starts.length ?? 0));
};

/** The other parts of one period that may have lines of these names. */
const somePartsOf = async (
  pk: string,
  { first, names: [from, to] }: { first: Row; names: Names },
  deps: Deps,
): Promise<Row[]> => {
  const wanted = first.starts.flatMap((begin, i) => {
    const next = first.starts[i + 1];
    return begin <= to && (next === undefined || next > from) ? [i + 1] : [];
  });
  const [least, most] = [wanted[0], wanted.at(-1)];
  if (least === undefined || most === undefined) return [];
  return queryRows(pk, [partKey(first, least), partKey(first, most)], deps);
};

const queryRows = async (pk: string, [from, to]: Names, { db, place, now }: Deps) => {
  const pages = queryPages(db, {
    TableName: place.table,
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
    // The table's time to live removes rows late.
    FilterExpression: "expiresAt > :now",
    ExpressionAttributeValues: {
      ":pk": pk,
      ":from": from,
      ":to": to,
      ":now": Math.floor(now() / 1_000),
    },
  });
  const found: Row[] = [];
  for await (const { Items } of pages) found.push(...Items.map(readRow));
  return found;
};

const namesOf = (fleet: string, device: string | undefined): Names => {
  if (device === undefined) return deviceLineNames(fleet);
  const name = deviceLineName(fleet, device);
  return [name, name];
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
      for (const row of await readRows(range, { kind: "device", shard }, deps)) {
        if (row.region !== place.region) continue;
        for (const [fleet, devices] of await unpackLines(row.data, deviceLine)) {
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
          { kind: "fleet", shard },
          deps,
        );
        const own = some.filter(({ region }) => region === place.region);
        return (await Promise.all(own.map((row) => unpackLines(row.data, fleetLine)))).flat();
      });
      return new Map(found.flat().map(([fleet, stored]) => [fleet, readCounts(stored)]));
    },

    async fleet(fleet, range) {
      const found: FleetPeriod[] = [];
      for (const row of await readRows(
        range,
        { kind: "fleet", shard: usageShardOf(fleet), names: [fleet, fleet] },
        deps,
      )) {
        const line = await unpackLine(row.data, { fleet, line: fleetLine });
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
      const names = namesOf(fleet, device);
      for (const row of await readRows(range, { kind: "device", shard, names }, deps)) {
        const [, own = []] = (await unpackLine(row.data, { fleet, line: deviceLine })) ?? [];
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
