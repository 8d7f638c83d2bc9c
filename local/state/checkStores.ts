import { createHash } from "node:crypto";
import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { checkJournal } from "../journal/checkJournal.ts";
import { releaseScanMemory } from "../journal/segment.ts";
import { databaseFile } from "../s3/databaseFile.ts";
import { markRange, openDynalite } from "../table/dynaliteInternals.ts";
import { unfinishedSuffix } from "./atomicWrite.ts";
import { readChangeCounter } from "./changeCounter.ts";
import { isDiskFull } from "./diskFull.ts";
import { isIntactLog } from "./levelDbLog.ts";

/** A store of a state folder and its change counter. */
export interface StoreLocation {
  readonly folder: string;
  readonly counterFile: string;
  readonly id: string;
}

/** The result of a check: the number of the last change, or a description of the damage. */
export type Checked = { readonly count: number } | { readonly damage: string };

const mark = z.object({ id: z.string(), count: z.number() });

/**
 * Checks the tables on a copy, because LevelDB truncates a log at a corrupt record. Nothing is
 * hard-linked: opening the copy may rewrite a file that a killed process has left.
 */
export const checkTables = async (location: StoreLocation): Promise<Checked> => {
  const { folder } = location;
  const entries = readdirSync(folder, { withFileTypes: true });
  const names = entries.filter((one) => one.isFile()).map(({ name }) => name);
  for (const name of names) {
    const isLog = name.endsWith(".log") || name.startsWith("MANIFEST-");
    if (isLog && !isIntactLog(readFileSync(join(folder, name)))) {
      return { damage: `${name} is corrupt` };
    }
  }
  if (!names.some((name) => name === "CURRENT")) {
    return isEmptyStore(names) || isNewStore(location, names)
      ? compare(location, [])
      : { damage: "CURRENT is missing" };
  }
  const copy = `${folder}.check`;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { mode: 0o700 });
  try {
    for (const name of names) {
      copyFileSync(join(folder, name), join(copy, name), constants.COPYFILE_FICLONE);
    }
    return compare(location, await readMarks(copy));
  } catch (error) {
    // The copy did not fit on the disk, which says nothing about the store.
    if (isDiskFull(error)) throw error;
    return { damage: reasonOf(error) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};

const isEmptyStore = (names: readonly string[]): boolean =>
  names.every((name) => name === "state.json" || name.endsWith(unfinishedSuffix));

/**
 * Whether the process was killed while LevelDB created its first files: CURRENT exists before any
 * file with rows, and the counter, if it exists, is 0.
 */
const isNewStore = ({ counterFile, id }: StoreLocation, names: readonly string[]): boolean => {
  const counted = readChangeCounter(counterFile);
  const isUncounted =
    counted === undefined || (counted !== "corrupt" && counted.id === id && counted.count === 0);
  return isUncounted && !names.some((name) => /\.(ldb|sst|log)$/.test(name));
};

const readMarks = async (folder: string): Promise<z.output<typeof mark>[]> => {
  const { store } = openDynalite({ path: folder });
  try {
    const marks: z.output<typeof mark>[] = [];
    // Reads all entries, so that unreadable ones are detected.
    for await (const [key, value] of store.db.iterator({ gte: "", lt: "\uffff" })) {
      if (key >= markRange.gte && key < markRange.lt) marks.push(mark.parse(value));
    }
    return marks;
  } finally {
    await store.lifecycleManager.gracefulClose();
  }
};

const objectRow = z.object({ body: z.instanceof(Uint8Array), etag: z.string() });
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

/** Checks the buckets on a copy, because opening the database applies SQLite's log. */
export const checkBuckets = (location: StoreLocation): Checked => {
  const { folder } = location;
  const names = readdirSync(folder);
  if (!names.includes(databaseFile)) {
    return isEmptyStore(names) ? compare(location, []) : { damage: `${databaseFile} is missing` };
  }
  const copy = `${folder}.check`;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { mode: 0o700 });
  try {
    for (const name of [databaseFile, `${databaseFile}-wal`, `${databaseFile}-journal`]) {
      if (names.includes(name)) cpSync(join(folder, name), join(copy, name));
    }
    const database = new DatabaseSync(join(copy, databaseFile));
    try {
      return checkDatabase(database, location);
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

const checkDatabase = (database: DatabaseSync, location: StoreLocation): Checked => {
  const [first] = database
    .prepare("PRAGMA integrity_check")
    .all()
    .map((row) => integrity.parse(row));
  if (first?.integrity_check !== "ok") return { damage: first?.integrity_check ?? "unreadable" };
  // The tables are created before the counter.
  const isNew =
    readChangeCounter(location.counterFile) === undefined && !hasTable(database, "parts");
  if (isNew) return compare(location, []);
  const corrupt = findCorruptContent(database);
  if (corrupt !== undefined) return { damage: corrupt };
  const marks = hasTable(database, "mark")
    ? database.prepare("SELECT id, count FROM mark").all()
    : [];
  return compare(
    location,
    marks.map((row) => mark.parse(row)),
  );
};

const hasTable = (database: DatabaseSync, name: string): boolean =>
  database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(name) !== undefined;

/** Verifies the hashes of objects. The hash of a multipart upload is not that of its body. */
const findCorruptContent = (database: DatabaseSync): string | undefined => {
  for (const table of ["objects", "parts"]) {
    for (const row of database.prepare(`SELECT body, etag FROM ${table}`).iterate()) {
      const { body, etag } = objectRow.parse(row);
      if (/^[0-9a-f]{32}$/.test(etag) && md5(body) !== etag) return "an object is corrupt";
    }
  }
  return undefined;
};

const md5 = (content: Uint8Array): string => createHash("md5").update(content).digest("hex");

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
