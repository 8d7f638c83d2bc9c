import type { DynaliteStore } from "dynalite/db/index.js";
import * as z from "zod";
import { rowKeyPrefix, updateIndexes, withRow } from "../dynaliteInternals.ts";
import type { Mark, Row, RowStore } from "./rowStore.ts";

/** A `RowStore` on dynalite. */
export const dynaliteRows = (store: DynaliteStore): RowStore => {
  const { db } = store;
  const item = async ({ table, key }: Row) =>
    row.parse(await get(db, `${rowKeyPrefix(table)}${key}`));
  return {
    withRow: (row, run) => withRow(store, row, run),
    item,
    async write(row, next, marks) {
      await updateIndexes(store, row.table, { old: await item(row), item: next });
      const key = `${rowKeyPrefix(row.table)}${row.key}`;
      await db.batch([operation({ key, value: next }), ...marks.map(operation)]);
    },
    mark: (key) => get(db, key),
    async writeMarks(marks) {
      await db.batch(marks.map(operation));
    },
    async *marksWith(prefix) {
      for await (const [key, value] of db.iterator(from(prefix))) yield { key, value };
    },
    async *rowKeys(table) {
      const prefix = rowKeyPrefix(table);
      for await (const key of db.keys(from(prefix))) yield key.slice(prefix.length);
    },
  };
};

const row = z.record(z.string(), z.unknown()).optional();

/** The database operation that writes a mark. */
export const operation = ({ key, value }: Mark) =>
  value === undefined ? ({ type: "del", key } as const) : ({ type: "put", key, value } as const);

const from = (prefix: string) => ({ gte: prefix, lt: `${prefix}\uffff` });

const get = async (db: DynaliteStore["db"], key: string): Promise<unknown> => {
  try {
    return await db.get(key);
  } catch (error) {
    // As in older versions of the database.
    if (error instanceof Error && error.name === "NotFoundError") return undefined;
    throw error;
  }
};
