import { crc32 } from "node:zlib";
import * as z from "zod";
import type { TableDatabase } from "./tableDatabase.ts";

/** Metadata next to the rows: a JSON value, or `undefined` to delete it. */
export interface Mark {
  readonly key: string;
  readonly value: unknown;
}

/** The marks of the replication, which are committed with the rows. */
export interface Marks {
  mark(key: string): unknown;
  write(marks: readonly Mark[]): void;
  with(prefix: string): Mark[];
}

/** The table of the marks, with a checksum of each row. */
export const marksTable = "marks";

export const openMarks = (database: TableDatabase): Marks => {
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${marksTable} (key TEXT PRIMARY KEY, value TEXT NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID`,
  );
  const get = database.prepare(`SELECT value FROM ${marksTable} WHERE key = ?`);
  const put = database.prepare(`INSERT OR REPLACE INTO ${marksTable} VALUES (?, ?, ?)`);
  const remove = database.prepare(`DELETE FROM ${marksTable} WHERE key = ?`);
  const range = database.prepare(
    `SELECT key, value FROM ${marksTable} WHERE key >= ? AND key < ? ORDER BY key`,
  );
  return {
    mark(key) {
      const found = get.get(key)?.value;
      return typeof found === "string" ? JSON.parse(found) : undefined;
    },
    write(marks) {
      for (const { key, value } of marks) {
        if (value === undefined) database.run(remove, [key]);
        else {
          const text = JSON.stringify(value);
          database.run(put, [key, text, markSum(key, text)]);
        }
      }
    },
    with: (prefix) =>
      range
        .all(prefix, `${prefix}\u{10ffff}`)
        .map((found) => row.parse(found))
        .map(({ key, value }) => ({ key, value: JSON.parse(value) })),
  };
};

const row = z.object({ key: z.string(), value: z.string() });

/** The checksum of a mark. */
export const markSum = (key: string, value: string): number => crc32(value, crc32(key));
