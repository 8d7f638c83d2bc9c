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

/** The devices of a fleet in a row, or a fleet with its largest devices. */
export const deviceLine = z.tuple([z.string(), z.array(z.tuple([z.string(), counts]))]);
export const fleetLine = z.tuple([z.string(), counts, z.array(z.tuple([z.string(), z.number()]))]);

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

const anyLines = z.array(z.unknown());

const readLines = async (data: Uint8Array): Promise<unknown[]> =>
  anyLines.parse(parseJson((await inflate(data)).toString("utf8")));

/** The lines of a row. Fails if they are not what the schema says. */
export const unpackLines = async <Line extends z.core.$ZodType>(
  data: Uint8Array,
  line: Line,
): Promise<z.output<Line>[]> => (await readLines(data)).map((one) => z.parse(line, one));

/** The line of a fleet in a row, if it has one. The others are not checked, which takes longer. */
export const unpackLine = async <Line extends z.core.$ZodType>(
  data: Uint8Array,
  { fleet, line }: { readonly fleet: string; readonly line: Line },
): Promise<z.output<Line> | undefined> => {
  const found = (await readLines(data)).find((one) => Array.isArray(one) && one[0] === fleet);
  return found === undefined ? undefined : z.parse(line, found);
};

/** Lines that are stored together, and the name of the first one. */
export interface LinesPart {
  readonly first: string;
  readonly lines: readonly unknown[];
}

/** The name of the line of a device, by which lines are sorted: its fleet, then its id. */
export const deviceLineName = (fleet: string, device: string): string => `${fleet} ${device}`;

/** The names of all lines of a fleet's devices are from the first to the second one. */
export const deviceLineNames = (fleet: string): [string, string] => [
  `${fleet} `,
  `${fleet} \uffff`,
];

/** The devices of a shard as the lines of each part of its row, sorted by their names. */
export const linesOfDevices = (usage: Usage): LinesPart[] => {
  const all = [...usage].flatMap(([fleet, devices]) =>
    [...devices].map(([device, own]) => ({
      name: deviceLineName(fleet, device),
      fleet,
      line: [device, writtenCounts(own)],
    })),
  );
  return inParts(all).map(({ first, some }) => ({
    first,
    lines: [...Map.groupBy(some, ({ fleet }) => fleet)].map(([fleet, own]) => [
      fleet,
      own.map(({ line }) => line),
    ]),
  }));
};

/** The fleets of a shard as the lines of each part of its row, sorted by their names. */
export const linesOfFleets = (fleets: readonly (readonly [string, FleetUsage])[]): LinesPart[] =>
  inParts(
    fleets.map(([fleet, { counts: own, top }]) => ({
      name: fleet,
      line: [fleet, writtenCounts(own), top.map(({ device, operations }) => [device, operations])],
    })),
  ).map(({ first, some }) => ({ first, lines: some.map(({ line }) => line) }));

const inParts = <Line extends { readonly name: string }>(
  lines: readonly Line[],
): { first: string; some: Line[] }[] => {
  const sorted = lines.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return Array.from({ length: Math.ceil(sorted.length / usageRowLinesMax) }, (_, i) => {
    const some = sorted.slice(i * usageRowLinesMax, (i + 1) * usageRowLinesMax);
    return { first: some[0]?.name ?? "", some };
  });
};
