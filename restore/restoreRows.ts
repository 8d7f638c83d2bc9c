import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { comparePage, type LiveTable } from "./comparePage.ts";
import { isRestored, kindOf } from "./isRestored.ts";
import { comparedPerSecond, examplesMax, pageRows, putsAtOnce, tellEveryMs } from "./limits.ts";
import { type Clock, openPace } from "./pace.ts";
import type { Row } from "./row.ts";
import type { Restorable } from "./tables.ts";

/** Options of a restore. */
export interface Manner {
  /** Only compare. */
  readonly plan: boolean;
  /** Also restore rows that exist with other contents. */
  readonly overwrite: boolean;
  readonly rowsPerSecond: number;
  /** Kinds of rows that are not restored. */
  readonly skip: readonly string[];
}

/** The result of a restore. */
export interface Outcome {
  readonly table: string;
  readonly from: string;
  readonly rows: number;
  readonly leftOut: number;
  readonly missing: number;
  readonly differing: number;
  readonly equal: number;
  /** Counts of missing rows by kind, and some of their keys. */
  readonly missingKinds: Readonly<Record<string, number>>;
  readonly examples: readonly string[];
  /** Rows that were written. */
  readonly restored: number;
}

interface Deps {
  readonly db: DynamoDBClient;
  readonly clock: Clock;
  /** Writes a line to standard error. */
  say(line: string): void;
}

interface Tables {
  readonly table: Restorable;
  /** The restored table. */
  readonly from: string;
  readonly keys: readonly string[];
}

/**
 * Compares the rows of a restored table with the live table and writes missing rows with a
 * condition, so that concurrent writes win. It can be repeated.
 */
export const restoreRows = async (
  { table, from, keys }: Tables,
  manner: Manner,
  { db, clock, say }: Deps,
): Promise<Outcome> => {
  const live: LiveTable = { db, name: table.table, keys };
  const readPace = openPace(comparedPerSecond, clock);
  const writePace = openPace(manner.rowsPerSecond, clock);
  const count = { rows: 0, leftOut: 0, missing: 0, differing: 0, equal: 0, restored: 0 };
  const missingKinds: Record<string, number> = {};
  const examples: string[] = [];
  const tell = () => say(`${table.name}: ${count.rows} rows compared, ${count.restored} written`);
  let toldAt = clock.now();
  for await (const page of pagesOf(db, from)) {
    await readPace(page.length);
    const rows = page.filter((row) =>
      isRestored(row, { table, skip: manner.skip, nowMs: clock.now() }),
    );
    const { missing, differing, equal } = await comparePage(live, rows, clock);
    count.rows += page.length;
    count.leftOut += page.length - rows.length;
    count.missing += missing.length;
    count.differing += differing.length;
    count.equal += equal;
    for (const row of missing) {
      missingKinds[kindOf(row)] = (missingKinds[kindOf(row)] ?? 0) + 1;
      if (examples.length < examplesMax) examples.push(keys.map((key) => row[key]?.S).join(" "));
    }
    if (!manner.plan) {
      const wanted = manner.overwrite ? differing : [];
      count.restored += await write(live, { missing, differing: wanted }, writePace);
    }
    if (clock.now() - toldAt >= tellEveryMs) {
      toldAt = clock.now();
      tell();
    }
  }
  tell();
  return { table: table.table, from, ...count, missingKinds, examples };
};

async function* pagesOf(db: DynamoDBClient, TableName: string): AsyncGenerator<Row[]> {
  let after: Row | undefined;
  do {
    const scan = { TableName, Limit: pageRows, ExclusiveStartKey: after, ConsistentRead: true };
    const { Items = [], LastEvaluatedKey } = await db.send(new ScanCommand(scan));
    yield Items;
    after = LastEvaluatedKey;
  } while (after !== undefined);
}

/** Resolves to the number of written rows. */
const write = async (
  { db, name, keys }: LiveTable,
  rows: { readonly missing: readonly Row[]; readonly differing: readonly Row[] },
  pace: (count: number) => Promise<void>,
): Promise<number> => {
  const [key = ""] = keys;
  const ifMissing = {
    ConditionExpression: "attribute_not_exists(#key)",
    ExpressionAttributeNames: { "#key": key },
  };
  const puts = [
    ...rows.missing.map((Item) => ({ TableName: name, Item, ...ifMissing })),
    ...rows.differing.map((Item) => ({ TableName: name, Item })),
  ];
  let written = 0;
  for (let i = 0; i < puts.length; i += putsAtOnce) {
    const some = puts.slice(i, i + putsAtOnce);
    await pace(some.length);
    const done = await Promise.all(some.map((put) => putOne(db, put)));
    written += done.filter(Boolean).length;
  }
  return written;
};

/** Resolves to whether the row was written; `false` when another writer was first. */
const putOne = async (
  db: DynamoDBClient,
  put: ConstructorParameters<typeof PutItemCommand>[0],
): Promise<boolean> => {
  try {
    await db.send(new PutItemCommand(put));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};
