import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { readableRows } from "../store/readableRows.ts";
import { databaseFile } from "./databaseFile.ts";
import { createTables, rowSum, tableColumns, withSum } from "./objectTables.ts";

const tables = Object.entries(tableColumns);

type Row = Record<string, SQLOutputValue>;

const valuesOf = (row: Row, columns: readonly string[]): SQLOutputValue[] =>
  columns.map((name) => row[name] ?? null);

/** Verifies the checksums of all rows; describes the first wrong one. */
export const findCorruptObject = (database: DatabaseSync): string | undefined => {
  for (const [table, { columns }] of tables) {
    for (const row of database.prepare(`SELECT * FROM ${table}`).iterate()) {
      if (rowSum(valuesOf(row, columns)) === row.sum) continue;
      return table === "objects" ? "an object is corrupt" : `a row of its ${table} is corrupt`;
    }
  }
  return undefined;
};

/**
 * Replaces the database of a folder by a new one with its readable buckets, objects and uploads.
 * Returns the number of objects.
 */
export const salvageBuckets = (folder: string): number => {
  const path = join(folder, databaseFile);
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  const target = new DatabaseSync(fresh);
  target.exec(createTables);
  const source = new DatabaseSync(path);
  target.exec("BEGIN");
  for (const [table, { key, columns }] of tables) {
    const marks = Array.from({ length: columns.length + 1 }, () => "?").join();
    const insert = target.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${marks})`);
    for (const row of readableRows(source, table, key)) {
      const values = valuesOf(row, columns);
      if (rowSum(values) === row.sum) insert.run(...withSum(values));
    }
  }
  target.exec("COMMIT");
  const objects = Number(target.prepare("SELECT count(*) AS count FROM objects").get()?.count);
  target.close();
  source.close();
  for (const end of ["-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  renameSync(fresh, path);
  return objects;
};
