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
import { markRange, openDynalite } from "../table/dynaliteInternals.ts";
import { unfinishedSuffix } from "./atomicWrite.ts";
import { readChangeCounter } from "./changeCounter.ts";
import { isDiskFull } from "./diskFull.ts";
import { isIntactLog } from "./levelDbLog.ts";

/** A store in a state folder, and the file beside it that counts its changes. */
export interface StorePlace {
  readonly folder: string;
  readonly counterFile: string;
  readonly id: string;
}

/** What was found in a store: the number of its last change, or why it is damaged. */
export type Checked = { readonly count: number } | { readonly damage: string };

const mark = z.object({ id: z.string(), count: z.number() });

/**
 * Looks at the tables as they lie, on a copy: LevelDB takes a log with a broken record for one that ends there, and removes it. Nothing
 * is linked: to open the copy may write anew a file that a killed process had left.
 */
export const checkTables = async (place: StorePlace): Promise<Checked> => {
  const { folder } = place;
  const entries = readdirSync(folder, { withFileTypes: true });
  const names = entries.filter((one) => one.isFile()).map(({ name }) => name);
  for (const name of names) {
    const isLog = name.endsWith(".log") || name.startsWith("MANIFEST-");
    if (isLog && !isIntactLog(readFileSync(join(folder, name)))) {
      return { damage: `${name} is not as it was written` };
    }
  }
  if (!names.some((name) => name === "CURRENT")) {
    return isEmptyStore(names) || isNewStore(place, names)
      ? compare(place, [])
      : { damage: "CURRENT is gone" };
  }
  const copy = `${folder}.check`;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { mode: 0o700 });
  try {
    for (const name of names) {
      copyFileSync(join(folder, name), join(copy, name), constants.COPYFILE_FICLONE);
    }
    return compare(place, await readMarks(copy));
  } catch (error) {
    // There is no room for the copy, which says nothing about the store.
    if (isDiskFull(error)) throw error;
    return { damage: reasonOf(error) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};

const isEmptyStore = (names: readonly string[]): boolean =>
  names.every((name) => name === "state.json" || name.endsWith(unfinishedSuffix));

/**
 * Whether the process was killed while LevelDB made its first files: CURRENT comes before any file with rows, and the counter, if it is
 * there, has counted nothing.
 */
const isNewStore = ({ counterFile, id }: StorePlace, names: readonly string[]): boolean => {
  const counted = readChangeCounter(counterFile);
  const isUncounted =
    counted === undefined || (counted !== "broken" && counted.id === id && counted.count === 0);
  return isUncounted && !names.some((name) => /\.(ldb|sst|log)$/.test(name));
};

const readMarks = async (folder: string): Promise<z.output<typeof mark>[]> => {
  const { store } = openDynalite({ path: folder });
  try {
    const marks: z.output<typeof mark>[] = [];
    // All of it, so that what cannot be read is found now.
    for await (const [key, value] of store.db.iterator({ gte: "", lt: "\uffff" })) {
      if (key >= markRange.gte && key < markRange.lt) marks.push(mark.parse(value));
    }
    return marks;
  } finally {
    await store.lifecycleManager.gracefulClose();
  }
};

const messageRow = z.object({ body: z.string(), md5_of_body: z.string() });
const objectRow = z.object({ body: z.instanceof(Uint8Array), etag: z.string() });
const integrity = z.object({ integrity_check: z.string() });

/** Looks at the queues and buckets as they lie, on a copy: to open them is to write what SQLite's log holds. */
export const checkQueues = (place: StorePlace): Checked => {
  const { folder } = place;
  const file = "fauxqs.db";
  const names = readdirSync(folder);
  if (!names.includes(file)) {
    return isEmptyStore(names) ? compare(place, []) : { damage: `${file} is gone` };
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
      const found = database
        .prepare("PRAGMA integrity_check")
        .all()
        .map((row) => integrity.parse(row));
      const [first] = found;
      if (first?.integrity_check !== "ok")
        return { damage: first?.integrity_check ?? "unreadable" };
      // Its tables are made before its counter is.
      const isNew = readChangeCounter(place.counterFile) === undefined && !hasTables(database);
      if (isNew) return compare(place, []);
      const bad = badContent(database);
      if (bad !== undefined) return { damage: bad };
      const hasMark = database
        .prepare("SELECT 1 FROM sqlite_master WHERE name = 'godwit_mark'")
        .get();
      const marks =
        hasMark === undefined ? [] : database.prepare("SELECT id, count FROM godwit_mark").all();
      return compare(
        place,
        marks.map((row) => mark.parse(row)),
      );
    } finally {
      database.close();
    }
  } catch (error) {
    // There is no room for the copy, which says nothing about the store.
    if (isDiskFull(error)) throw error;
    return { damage: reasonOf(error) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};

const hasTables = (database: DatabaseSync): boolean =>
  ["sqs_messages", "s3_objects"].every(
    (name) =>
      database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(name) !== undefined,
  );

/** Messages and objects have a hash beside them. */
const badContent = (database: DatabaseSync): string | undefined => {
  for (const row of database.prepare("SELECT body, md5_of_body FROM sqs_messages").iterate()) {
    const { body, md5_of_body: hash } = messageRow.parse(row);
    if (md5(body) !== hash) return "a message is not as it was sent";
  }
  for (const row of database.prepare("SELECT body, etag FROM s3_objects").iterate()) {
    const { body, etag } = objectRow.parse(row);
    const hash = etag.replaceAll('"', "");
    if (/^[0-9a-f]{32}$/.test(hash) && md5(body) !== hash) return "an object is not as it was put";
  }
  return undefined;
};

const md5 = (content: string | Uint8Array): string =>
  createHash("md5").update(content).digest("hex");

/** The store may be ahead of its counter by what was not acknowledged yet, and is never behind it. */
const compare = (
  { counterFile, id }: StorePlace,
  marks: readonly z.output<typeof mark>[],
): Checked => {
  const counted = readChangeCounter(counterFile);
  const last = Math.max(0, ...marks.map(({ count }) => count));
  const isForeign = marks.some((one) => one.id !== id);
  if (isForeign) return { damage: "a part of it is of another state folder" };
  if (counted === undefined) {
    return marks.length === 0
      ? { count: 0 }
      : { damage: "the file that counts its changes is gone" };
  }
  if (counted === "broken" || counted.id !== id) {
    return { damage: "the file that counts its changes is damaged or of another state folder" };
  }
  if (last < counted.count) {
    return {
      damage: `its last ${counted.count - last} acknowledged changes are gone: a file is missing, cut off or older`,
    };
  }
  return { count: last };
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return (cause instanceof Error ? cause.message : error.message).split("\n")[0] ?? "unreadable";
};

/** The folders that a check of a killed start has left. */
export const removeChecks = (folder: string): void => {
  if (existsSync(`${folder}.check`)) rmSync(`${folder}.check`, { recursive: true, force: true });
};
