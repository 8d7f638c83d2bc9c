import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { tablesFile } from "../dynamodb/store/tableDatabase.ts";
import type { Log } from "../platform/log.ts";
import { databaseFile } from "../s3/databaseFile.ts";
import { StartError } from "../start/startError.ts";
import { registerJournal, unfinishedSuffix, writeFileAtomically } from "./atomicWrite.ts";
import type { CounterConfig } from "./changeCounter.ts";
import {
  type Checked,
  checkBuckets,
  checkQueues,
  checkTables,
  removeChecks,
} from "./checkStores.ts";
import {
  CorruptJournalError,
  digestOf,
  type Journal,
  journalFile,
  readJournal,
  removeUnfinishedJournal,
  writeJournal,
} from "./journal.ts";
import { type Damage, repair } from "./repair.ts";

/** A verified state folder whose changes are recorded from now on. */
export interface OpenState {
  /** The change counter of a store: `tables`, `sqs` or `s3`, also of another region. */
  counterConfigOf(store: string): Promise<CounterConfig>;
  /** Call this after all stores have stopped: records the digests of their files. */
  close(): void;
}

interface OpenOptions {
  readonly isRepair: boolean;
  readonly log: Log;
}

/** The file that marks a folder as a store of a state folder. */
const markFile = "state.json";

/**
 * Verifies a state folder against its journal. Fails with a `StartError` that names the damaged
 * files and changes nothing; with `isRepair` it moves them aside, logs each step and continues with
 * the rest. A folder of an earlier version without a journal is accepted once.
 */
export const openState = async (
  folder: string,
  { isRepair, log }: OpenOptions,
): Promise<OpenState> => {
  removeUnfinishedJournal(folder);
  refuseFormerStores(folder);
  const stores = storesIn(folder);
  for (const store of stores) removeChecks(join(folder, store));
  let { journal, damages } = journalIn(folder, stores);
  damages = [...damages, ...damagedFiles(folder, journal)];
  const counts = new Map<string, number>();
  for (const store of stores) {
    const checked = check(folder, store, journal?.id ?? "");
    if ("count" in checked) counts.set(store, checked.count);
    else damages.push({ path: store, reason: checked.damage });
  }
  if (damages.length > 0) {
    if (!isRepair) throw damageError(folder, damages);
    journal ??= { id: randomUUID(), start: 0, files: new Map() };
    await repair(folder, damages, { id: journal.id, log });
    for (const { path } of damages) counts.delete(path);
  } else if (isRepair) log("no damage found", { state: folder });
  return trackChanges(folder, { journal, counts });
};

/**
 * Refuses a folder of an earlier version, whose queues, buckets and tables are in other formats:
 * its undelivered events would be lost.
 */
const refuseFormerStores = (folder: string): void => {
  const found = filesBelow(folder).find((path) => former.test(path));
  if (found === undefined) return;
  throw new StartError(
    `${join(folder, found)} was written by an earlier version of Godwit, and this version cannot read it. Run that version until its queues are empty, and then choose another --data. No file was changed.`,
  );
};

/** The database of the former queues and buckets, and a file of every LevelDB. */
const former = /^(regions\/[^/]+\/)?(queues\/fauxqs\.db|tables\/CURRENT)$/;

type Read = ReturnType<typeof readJournal>;

const journalIn = (
  folder: string,
  stores: readonly string[],
): { journal: Read; damages: Damage[] } => {
  try {
    const journal = readJournal(folder);
    const isMissing =
      journal === undefined && stores.some((store) => existsSync(join(folder, store, markFile)));
    return { journal, damages: isMissing ? [{ path: journalFile, reason: "it is missing" }] : [] };
  } catch (error) {
    if (!(error instanceof CorruptJournalError || error instanceof SyntaxError)) throw error;
    return { journal: undefined, damages: [{ path: journalFile, reason: error.message }] };
  }
};

const storeNames = ["tables", "sqs", "s3"];

/** The stores of all regions. */
const storesIn = (folder: string): string[] => {
  const regions = join(folder, "regions");
  const below = existsSync(regions) ? readdirSync(regions).map((name) => `regions/${name}/`) : [];
  return ["", ...below].flatMap((location) =>
    storeNames
      .map((name) => `${location}${name}`)
      .filter((store) => existsSync(join(folder, store))),
  );
};

const counterOf = (folder: string, store: string): string =>
  join(folder, "acknowledged", store.replaceAll("/", "-"));

const check = (folder: string, store: string, id: string): Checked => {
  const location = { folder: join(folder, store), counterFile: counterOf(folder, store), id };
  if (store.endsWith("tables")) return checkTables(location);
  return store.endsWith("sqs") ? checkQueues(location) : checkBuckets(location);
};

/** Folders in which every file is significant. */
const significant = /^(regions\/[^/]+\/)?(iot|kms|ssm)\//;

const damagedFiles = (folder: string, journal: Read): Damage[] => {
  if (journal === undefined) return [];
  const damages: Damage[] = [];
  for (const [path, { committed, pending }] of journal.files) {
    const digest = digestIn(join(folder, path));
    if (digest === committed || (pending !== undefined && digest === pending.digest)) continue;
    const reason = digest === undefined ? "it is missing" : "its content has changed";
    damages.push({ path, reason });
  }
  for (const path of filesBelow(folder)) {
    if (significant.test(path) && !path.endsWith(unfinishedSuffix) && !journal.files.has(path)) {
      damages.push({ path, reason: "it was not written by Godwit" });
    }
  }
  return damages;
};

const digestIn = (path: string): string | undefined =>
  existsSync(path) && statSync(path).isFile() ? digestOf(readFileSync(path)) : undefined;

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => relative(folder, join(one.parentPath, one.name)).replaceAll(sep, "/"));

const damageError = (folder: string, damages: readonly Damage[]): StartError => {
  const [first, ...others] = damages;
  const more = others.length === 0 ? "" : ` (and ${others.map(({ path }) => path).join(", ")})`;
  return new StartError(
    `${join(folder, first?.path ?? "")} is damaged: ${first?.reason}${more}. No file was changed: restore ${folder} from a backup, or start with --repair, which moves damaged files aside and continues with the rest`,
  );
};

/** All files that `writeFileAtomically` writes into the folder. */
const atomicFile =
  /^((regions\/[^/]+\/)?(iot|kms|ssm|demo)\/.*|regions\.json|(.*\/)?(tables|sqs|s3)\/state\.json)$/;

const trackChanges = async (
  folder: string,
  { journal: before, counts }: { journal: Read; counts: ReadonlyMap<string, number> },
): Promise<OpenState> => {
  const files = new Map<string, string>();
  for (const path of filesBelow(folder)) {
    if (path.endsWith(unfinishedSuffix)) continue;
    // A database changes with each write.
    if (!atomicFile.test(path)) continue;
    const digest = digestIn(join(folder, path));
    if (digest !== undefined) files.set(path, digest);
  }
  const journal = writeJournal(folder, { id: before?.id, start: (before?.start ?? 0) + 1, files });
  const release = registerJournal(folder, journal);
  mkdirSync(join(folder, "acknowledged"), { recursive: true, mode: 0o700 });
  const opened = new Set<string>();
  return {
    async counterConfigOf(store) {
      const mark = join(folder, store, markFile);
      if (!existsSync(mark)) await writeFileAtomically(mark, JSON.stringify({ id: journal.id }));
      opened.add(store);
      return {
        id: journal.id,
        counterFile: counterOf(folder, store),
        from: counts.get(store) ?? 0,
      };
    },
    close() {
      for (const store of opened) recordDatabase(folder, store, journal);
      release();
      journal.close();
    },
  };
};

const databaseFiles: Readonly<Record<string, string>> = { tables: tablesFile, s3: databaseFile };

/** Records the digest of a store's database after a complete stop, when it has no log. */
const recordDatabase = (folder: string, store: string, journal: Journal): void => {
  const file = databaseFiles[basename(store)];
  if (file === undefined) return;
  const path = join(folder, store, file);
  if (!existsSync(`${path}-wal`)) journal.note(`${store}/${file}`, digestIn(path));
};
