import { setImmediate as turn } from "node:timers/promises";
import { DynamoError } from "./dynamoError.ts";
import { batchGetItem, batchWriteItem } from "./operation/batches.ts";
import { deleteItem, getItem, putItem, updateItem } from "./operation/items.ts";
import type { Engine, Operation } from "./operation/operation.ts";
import { query, scan } from "./operation/queries.ts";
import {
  createTable,
  deleteTable,
  describeTable,
  describeTimeToLive,
  listTables,
  updateTable,
  updateTimeToLive,
} from "./operation/tables.ts";
import { transactGetItems, transactWriteItems } from "./operation/transactions.ts";
import { type Mark, type Marks, openMarks } from "./store/marks.ts";
import type { Row } from "./store/rows.ts";
import {
  type DatabaseOptions,
  openTableDatabase,
  type TableDatabase,
} from "./store/tableDatabase.ts";
import { openTableSet, type Table, type TableSet } from "./store/tables.ts";
import { attributeOf } from "./value/attributeValue.ts";
import { compareNumbers } from "./value/decimal.ts";
import { type KeyBytes, keyOfItem } from "./value/keys.ts";
import { rowKeyOf } from "./value/rowKey.ts";

const operations = new Map<string, Operation>(
  Object.entries({
    BatchGetItem: batchGetItem,
    BatchWriteItem: batchWriteItem,
    CreateTable: createTable,
    DeleteItem: deleteItem,
    DeleteTable: deleteTable,
    DescribeTable: describeTable,
    DescribeTimeToLive: describeTimeToLive,
    GetItem: getItem,
    ListTables: listTables,
    PutItem: putItem,
    Query: query,
    Scan: scan,
    TransactGetItems: transactGetItems,
    TransactWriteItems: transactWriteItems,
    UpdateItem: updateItem,
    UpdateTable: updateTable,
    UpdateTimeToLive: updateTimeToLive,
  }),
);

/** Whether an operation may write. An unknown one does not. */
export const isWriteOperation = (name: string): boolean => operations.get(name)?.isWrite ?? false;

/** The marks to write atomically with a row that a client writes or deletes. */
export type MarkWrites = (
  row: { readonly table: string; readonly key: string },
  written: "put" | "deleted",
) => readonly Mark[];

/** DynamoDB of one region, without its protocol. */
export interface TableEngine {
  /**
   * Runs an operation such as `PutItem` and resolves with its output when every change that it
   * wrote or may have read is durable. Numbers of the input are normalized in place. Fails with a
   * `DynamoError`.
   */
  execute(operation: string, input: unknown): Promise<object>;
  readonly database: TableDatabase;
  readonly tables: TableSet;
  readonly marks: Marks;
  /** Writes further marks with each row from now on. */
  markWrites(marksFor: MarkWrites): void;
  /**
   * Deletes the items whose time to live ended before `nowSeconds`, as DynamoDB does in the
   * background. Returns their number.
   */
  deleteExpired(nowSeconds: number): Promise<number>;
  /** Deletes every row of a table, as a client would. Returns the number of rows. */
  wipe(table: string): Promise<number>;
  close(): void;
}

export interface EngineOptions extends DatabaseOptions {
  readonly region: string;
  readonly now?: () => number;
}

/** Rows that a background deletion reads at a time, so that requests run in between. */
const sweepRows = 500;

/** Opens the tables of a folder, or empty ones in memory. */
export const openTableEngine = ({
  region,
  now = Date.now,
  ...options
}: EngineOptions): TableEngine => {
  const database = openTableDatabase(options);
  const marks = openMarks(database);
  const tables = openTableSet(database);
  let marksFor: MarkWrites = () => [];
  const engine: Engine = {
    region,
    tables,
    now,
    committed: database.committed,
    prepareWrite(table, key, item) {
      const write = table.rows.prepareWrite(key, item);
      return () => {
        write();
        const row = { table: table.name, key: rowKeyOf(key) };
        marks.write(marksFor(row, item === undefined ? "deleted" : "put"));
      };
    },
  };
  /** Deletes the rows that match, page by page. */
  const deleteWhere = async (name: string, matches: (row: Row) => boolean): Promise<number> => {
    let deleted = 0;
    let after: KeyBytes | undefined;
    do {
      while (!database.isComplete) await database.committed();
      const table = tables.find(name);
      if (table === undefined) break;
      const { found, next } = nextRows(table, after, matches);
      for (const key of found) engine.prepareWrite(table, key, undefined)();
      await database.committed();
      deleted += found.length;
      after = next;
      await turn();
    } while (after !== undefined);
    return deleted;
  };
  return {
    async execute(name, input) {
      const operation = operations.get(name);
      if (operation === undefined) throw unknownOperation(name);
      // A write may depend on what it reads, so it waits while the disk is full.
      while (operation.isWrite && !database.isComplete) await database.committed();
      const isVisible = database.isComplete;
      const output = await operation.run(engine, input);
      if (isVisible) await database.committed();
      return output;
    },
    database,
    tables,
    marks,
    markWrites(next) {
      marksFor = next;
    },
    async deleteExpired(nowSeconds) {
      let deleted = 0;
      for (const name of tables.names()) {
        const attribute = tables.find(name)?.definition.timeToLive;
        if (attribute === undefined) continue;
        deleted += await deleteWhere(name, ({ item }) => {
          const expires = attributeOf(item, attribute);
          return (
            expires !== undefined &&
            "N" in expires &&
            compareNumbers(expires.N, String(nowSeconds)) < 0
          );
        });
      }
      return deleted;
    },
    wipe: (table) => deleteWhere(table, () => true),
    close: database.close,
  };
};

const unknownOperation = (name: string) =>
  new DynamoError(
    "UnknownOperationException",
    `the operation ${name || "of the request"} is not supported on one machine`,
  );

/** The keys of the matching rows among the next ones, and the row to continue after. */
const nextRows = (
  table: Table,
  after: KeyBytes | undefined,
  matches: (row: Row) => boolean,
): { found: KeyBytes[]; next?: KeyBytes } => {
  const found: KeyBytes[] = [];
  let read = 0;
  for (const row of table.rows.range({ after: after && { key: after } })) {
    const key = keyOfItem(row.item, table);
    if (matches(row)) found.push(key);
    read += 1;
    if (read === sweepRows) return { found, next: key };
  }
  return { found };
};
