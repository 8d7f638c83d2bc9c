import { BatchGetItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { readAgainMs, readsOfPageMax } from "./limits.ts";
import type { Clock } from "./pace.ts";
import type { Row } from "./row.ts";
import { sameRow } from "./sameRow.ts";

/** A page of the restored table, compared with the live table. */
export interface Compared {
  readonly missing: readonly Row[];
  readonly differing: readonly Row[];
  readonly equal: number;
}

/** The live table. */
export interface LiveTable {
  readonly db: DynamoDBClient;
  readonly name: string;
  /** The attribute names of the key. */
  readonly keys: readonly string[];
}

/** Finds the rows that are missing or different in the live table. */
export const comparePage = async (
  live: LiveTable,
  rows: readonly Row[],
  clock: Clock,
): Promise<Compared> => {
  const found = await find(live, rows, clock);
  const missing: Row[] = [];
  const differing: Row[] = [];
  for (const row of rows) {
    const other = found.get(textOf(keyOf(live, row)));
    if (other === undefined) missing.push(row);
    else if (!sameRow(row, other)) differing.push(row);
  }
  return { missing, differing, equal: rows.length - missing.length - differing.length };
};

const find = async (live: LiveTable, rows: readonly Row[], clock: Clock) => {
  const { db, name } = live;
  const found = new Map<string, Row>();
  let Keys = rows.map((row) => keyOf(live, row));
  for (let reads = 0; Keys.length > 0; reads += 1) {
    if (reads === readsOfPageMax) throw new Error(`${name} does not answer all that it is asked`);
    if (reads > 0) await clock.wait(readAgainMs);
    const request = { RequestItems: { [name]: { Keys, ConsistentRead: true } } };
    const { Responses, UnprocessedKeys } = await db.send(new BatchGetItemCommand(request));
    for (const row of Responses?.[name] ?? []) found.set(textOf(keyOf(live, row)), row);
    Keys = UnprocessedKeys?.[name]?.Keys ?? [];
  }
  return found;
};

const keyOf = ({ keys }: LiveTable, row: Row): Row =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => keys.includes(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

const textOf = (key: Row): string => JSON.stringify(key);
