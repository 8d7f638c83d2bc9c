import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { tablesFile } from "../dynamodb/store/tableDatabase.ts";
import { findCorruptRow } from "../dynamodb/store/tableFile.ts";
import { definitionsTable } from "../dynamodb/store/tables.ts";
import { checkJournal } from "../journal/checkJournal.ts";
import { releaseScanMemory } from "../journal/segment.ts";
import { databaseFile } from "../s3/databaseFile.ts";
import { findCorruptObject } from "../s3/objectFile.ts";
import { lastTable } from "../s3/objectTables.ts";
import { unfinishedSuffix } from "./atomicWrite.ts";
import { readChangeCounter } from "./changeCounter.ts";
import { isDiskFull } from "./diskFull.ts";

/** A store of a state folder and its change counter. */
export interface StoreLocation {
  readonly folder: string;
  readonly counterFile: string;
  readonly id: string;
}

/** The result of a check: the number of the last change, or a description of the damage. */
export type Checked = { readonly count: number } | { readonly damage: string };

const mark = z.object({ id: z.string(), count: z.number() });

const isEmptyStore = (names: readonly string[]): boolean =>
  names.every((name) => name === "state.json" || name.endsWith(unfinishedSuffix));

const integrity = z.object({ integrity_check: z.string() });

/** Checks the journal of the queues. */
export const checkQueues = (location: StoreLocation): Checked => {
  const { folder, id } = location;
  try {
    const found = checkJournal(folder, id);
    releaseScanMemory();
    if ("damage" in found) return found;
    const { count } = found;
    return compare(location, count === 0 ? [] : [{ id, count }]);
  } catch (error) {
    return { damage: reasonOf(error) };
  }
};

/** Checks the buckets. */
export const checkBuckets = (location: StoreLocation): Checked =>
  checkDatabaseFile(location, {
    file: databaseFile,
    isCreated: (database) => hasTable(database, lastTable),
    findCorrupt: findCorruptObject,
  });

/** Checks the tables. */
export const checkTables = (location: StoreLocation): Checked =>
  checkDatabaseFile(location, {
    file: tablesFile,
    isCreated: (database) => hasTable(database, definitionsTable),
    findCorrupt: findCorruptRow,
  });

interface DatabaseCheck {
  /** Name of the database's file. */
  readonly file: string;
  /** Whether the store has created its tables. */
  isCreated(database: DatabaseSync): boolean;
  /** Describes the first corrupt content. */
  findCorrupt(database: DatabaseSync): string | undefined;
}

/** Checks a database on a copy, because opening it applies SQLite's log. */
const checkDatabaseFile = (location: StoreLocation, check: DatabaseCheck): Checked => {
  const { folder } = location;
  const { file } = check;
  const names = readdirSync(folder);
  if (!names.includes(file)) {
    return isEmptyStore(names) ? compare(location, []) : { damage: `${file} is missing` };
  }
  const copy = `${folder}.check`;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { mode: 0o700 });
  try {
    for (const name of [file, `${file}-wal`, `${file}-journal`]) {
      if (names.includes(name)) cpSync(join(folder, name), join(copy, name));
    }
    const database = new DatabaseSync(join(copy, file));
    try {
      return checkDatabase(database, location, check);
    } finally {
      database.close();
    }
  } catch (error) {
    // The copy did not fit on the disk, which says nothing about the store.
    if (isDiskFull(error)) throw error;
    return { damage: reasonOf(error) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};

const checkDatabase = (
  database: DatabaseSync,
  location: StoreLocation,
  { isCreated, findCorrupt }: DatabaseCheck,
): Checked => {
  const [first] = database
    .prepare("PRAGMA integrity_check")
    .all()
    .map((row) => integrity.parse(row));
  if (first?.integrity_check !== "ok") return { damage: first?.integrity_check ?? "unreadable" };
  const marks = hasTable(database, "mark")
    ? database.prepare("SELECT id, count FROM mark").all()
    : [];
  const compared = compare(
    location,
    marks.map((row) => mark.parse(row)),
  );
  if (!isCreated(database)) {
    // The process was killed at its first start, before or after the counter was created.
    const isNew = "count" in compared && compared.count === 0;
    return isNew || "damage" in compared ? compared : { damage: "its tables are missing" };
  }
  const corrupt = findCorrupt(database);
  return corrupt === undefined ? compared : { damage: corrupt };
};

const hasTable = (database: DatabaseSync, name: string): boolean =>
  database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(name) !== undefined;

/** The store may be ahead of its counter by unacknowledged changes and is never behind it. */
const compare = (
  { counterFile, id }: StoreLocation,
  marks: readonly z.output<typeof mark>[],
): Checked => {
  const counted = readChangeCounter(counterFile);
  const last = Math.max(0, ...marks.map(({ count }) => count));
  const isOtherFolder = marks.some((one) => one.id !== id);
  if (isOtherFolder) return { damage: "it contains data of another state folder" };
  if (counted === undefined) {
    return marks.length === 0 ? { count: 0 } : { damage: "its change counter is missing" };
  }
  if (counted === "corrupt" || counted.id !== id) {
    return { damage: "its change counter is corrupt or belongs to another state folder" };
  }
  if (last < counted.count) {
    return {
      damage: `its last ${counted.count - last} acknowledged changes are missing: a file is missing, truncated or outdated`,
    };
  }
  return { count: last };
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return (cause instanceof Error ? cause.message : error.message).split("\n")[0] ?? "unreadable";
};

/** Removes the copy that a killed check has left. */
export const removeChecks = (folder: string): void => {
  if (existsSync(`${folder}.check`)) rmSync(`${folder}.check`, { recursive: true, force: true });
};
