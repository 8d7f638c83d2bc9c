import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import * as z from "zod/mini";
import { usageRowLinesMax } from "../../ledger/usage/limits.ts";
import type { FleetUsage } from "../../ledger/usage/ports.ts";
import { type Usage, type UsageCounts, usageNames } from "../../ledger/usage/usage.ts";
import { parseJson } from "../../platform/parseJson.ts";

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/**
 * Counts in the order of `usageNames`. Trailing zeros are left out; counts that an earlier version
 * stored lack new names.
 */
const counts = z.array(z.number());

/** The devices of a row by fleet, or its fleets with their largest devices. */
export const deviceLines = z.array(z.tuple([z.string(), z.array(z.tuple([z.string(), counts]))]));
export const fleetLines = z.array(
  z.tuple([z.string(), counts, z.array(z.tuple([z.string(), z.number()]))]),
);

const writtenCounts = (of: UsageCounts): number[] => {
  const values = usageNames.map((name) => of[name]);
  return values.slice(0, values.findLastIndex((value) => value > 0) + 1);
};

export const readCounts = (stored: readonly number[]): UsageCounts => {
  const [publishes = 0, publishOperations = 0, functions = 0, variables = 0, ...rest] = stored;
  const [free = 0, deliveries = 0] = rest;
  return { publishes, publishOperations, functions, variables, free, deliveries };
};

/** Compresses the lines of a row. */
export const packLines = (lines: readonly unknown[]): Promise<Uint8Array> =>
  deflate(JSON.stringify(lines));

/** The lines of a row. Fails if they are not what the schema says. */
export const unpackLines = async <Lines extends z.core.$ZodType>(
  data: Uint8Array,
  lines: Lines,
): Promise<z.output<Lines>> => z.parse(lines, parseJson((await inflate(data)).toString("utf8")));

/** The devices of a shard as the lines of each part of its row. */
export const linesOfDevices = (usage: Usage): unknown[][] => {
  const all = [...usage].flatMap(([fleet, devices]) =>
    [...devices].map(([device, own]) => ({ fleet, line: [device, writtenCounts(own)] })),
  );
  return inParts(all).map((part) =>
    [...Map.groupBy(part, ({ fleet }) => fleet)].map(([fleet, some]) => [
      fleet,
      some.map(({ line }) => line),
    ]),
  );
};

/** The fleets of a shard as the lines of each part of its row. */
export const linesOfFleets = (fleets: readonly (readonly [string, FleetUsage])[]): unknown[][] =>
  inParts(
    fleets.map(([fleet, { counts: own, top }]) => [
      fleet,
      writtenCounts(own),
      top.map(({ device, operations }) => [device, operations]),
    ]),
  );

const inParts = <Line>(lines: readonly Line[]): Line[][] =>
  Array.from({ length: Math.ceil(lines.length / usageRowLinesMax) }, (_, i) =>
    lines.slice(i * usageRowLinesMax, (i + 1) * usageRowLinesMax),
  );
