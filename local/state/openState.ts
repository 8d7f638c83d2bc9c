import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Log } from "../platform/log.ts";
import { StartError } from "../start/startError.ts";
import { registerJournal, unfinishedSuffix, writeFileAtomically } from "./atomicWrite.ts";
import type { CounterConfig } from "./changeCounter.ts";
import { type Checked, checkQueues, checkTables, removeChecks } from "./checkStores.ts";
import { type DiskSpace, openDiskSpace } from "./diskSpace.ts";
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

/** A state folder that is as it was left, and is written down from now on. */
export interface OpenState {
  /** How the store in `tables` or `queues`, or in those of another region, keeps count. */
  counterConfigOf(store: string): Promise<CounterConfig>;
  /** When everything has stopped: writes down what the files of the stores hold. */
  close(): void;
}

interface OpenOptions {
  readonly isRepair: boolean;
  readonly space?: DiskSpace;
  readonly log: Log;
}

/** The file by which a store's folder is known as a part of a state folder. */
const markFile = "state.json";

/** How often the files that stores write once and for all are looked for. */
const lookEveryMs = 1_000;

/**
 * Compares a state folder with what is written down of it. Fails with a `StartError` that names what is damaged, and changes nothing
 * then; with `isRepair` it puts the damaged aside, says what it did, and goes on with what can be read. A folder that an
 * earlier version has made is taken as it is, once.
 */
export const openState = async (
  folder: string,
  { isRepair, log, space = openDiskSpace() }: OpenOptions,
): Promise<OpenState> => {
  removeUnfinishedJournal(folder);
  const stores = storesIn(folder);
  for (const store of stores) removeChecks(join(folder, store));
  let { journal, damages } = journalIn(folder, stores);
  damages = [...damages, ...filesOf(folder, journal)];
  const counts = new Map<string, number>();
  for (const store of stores) {
    const checked = await check(folder, store, journal?.id ?? "");
    if ("count" in checked) counts.set(store, checked.count);
    else damages.push({ path: store, what: checked.damage });
  }
  if (damages.length > 0) {
    if (!isRepair) throw refusal(folder, damages);
    await repair(folder, damages, log);
    for (const { path } of damages) counts.delete(path);
  } else if (isRepair) log("nothing is damaged", { state: folder });
  return follow(folder, { journal, counts, space });
};

type Read = ReturnType<typeof readJournal>;

const journalIn = (
  folder: string,
  stores: readonly string[],
): { journal: Read; damages: Damage[] } => {
  try {
    const journal = readJournal(folder);
    const isGone =
      journal === undefined && stores.some((store) => existsSync(join(folder, store, markFile)));
    return { journal, damages: isGone ? [{ path: journalFile, what: "it is gone" }] : [] };
  } catch (error) {
    if (!(error instanceof CorruptJournalError || error instanceof SyntaxError)) throw error;
    return { journal: undefined, damages: [{ path: journalFile, what: error.message }] };
  }
};

/** `tables`, `queues`, and those of other regions. */
const storesIn = (folder: string): string[] => {
  const regions = join(folder, "regions");
  const below = existsSync(regions) ? readdirSync(regions).map((name) => `regions/${name}/`) : [];
  return ["", ...below].flatMap((place) =>
    ["tables", "queues"]
      .map((name) => `${place}${name}`)
      .filter((store) => existsSync(join(folder, store))),
  );
};

const counterOf = (folder: string, store: string): string =>
  join(folder, "acknowledged", store.replaceAll("/", "-"));

const check = async (folder: string, store: string, id: string): Promise<Checked> => {
  const place = { folder: join(folder, store), counterFile: counterOf(folder, store), id };
  return store.endsWith("tables") ? checkTables(place) : checkQueues(place);
};

/** Files in these folders count by being there. */
const counted = /^(regions\/[^/]+\/)?(iot|kms)\//;

const filesOf = (folder: string, journal: Read): Damage[] => {
  if (journal === undefined) return [];
  const damages: Damage[] = [];
  for (const [path, { sure, begun }] of journal.files) {
    const digest = digestIn(join(folder, path));
    // The stores know themselves which of their own files have gone for good.
    if (digest === undefined && path.endsWith(".ldb")) continue;
    if (digest === sure || (begun !== undefined && digest === begun.digest)) continue;
    const what = digest === undefined ? "it is gone" : "it is not as it was written";
    damages.push({ path, what });
  }
  for (const path of filesBelow(folder)) {
    if (counted.test(path) && !path.endsWith(unfinishedSuffix) && !journal.files.has(path)) {
      damages.push({ path, what: "it was not written by this cloud" });
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

const refusal = (folder: string, damages: readonly Damage[]): StartError => {
  const [first, ...others] = damages;
  const more = others.length === 0 ? "" : ` (and ${others.map(({ path }) => path).join(", ")})`;
  return new StartError(
    `${join(folder, first?.path ?? "")} is damaged: ${first?.what}${more}. Nothing was changed: restore ${folder} from a copy, or start with --repair, which puts what is damaged aside and goes on with the rest`,
  );
};

/** Everything that \`writeWhole\` keeps in the folder. */
const small =
  /^((regions\/[^/]+\/)?(iot|kms|demo)\/.*|regions\.json|(.*\/)?(tables|queues)\/state\.json)$/;

const follow = async (
  folder: string,
  {
    journal: before,
    counts,
    space,
  }: { journal: Read; counts: ReadonlyMap<string, number>; space: DiskSpace },
): Promise<OpenState> => {
  const files = new Map<string, string>();
  for (const path of filesBelow(folder)) {
    if (path.endsWith(unfinishedSuffix)) continue;
    // Not the files of LevelDB: when it opens, it may write one anew under the name of one that a killed process had left.
    if (!small.test(path)) continue;
    const digest = digestIn(join(folder, path));
    if (digest !== undefined) files.set(path, digest);
  }
  const journal = writeJournal(folder, { id: before?.id, start: (before?.start ?? 0) + 1, files });
  const release = registerJournal(folder, journal);
  mkdirSync(join(folder, "acknowledged"), { recursive: true, mode: 0o700 });
  /** By store, its counter before it was opened: when it has opened, it writes there. */
  const asked = new Map<string, string | undefined>();
  const hasOpened = (store: string): boolean =>
    stampOf(counterOf(folder, store))?.stamp !== asked.get(store);
  const written = writtenOnce(folder, journal);
  // While the disk is full, LevelDB leaves files that it writes anew under the same name.
  const look = () => {
    if (!space.isFull) written.look([...asked.keys()].filter(hasOpened));
  };
  const timer = setInterval(look, lookEveryMs).unref();
  return {
    async counterConfigOf(store) {
      const mark = join(folder, store, markFile);
      if (!existsSync(mark)) await writeFileAtomically(mark, JSON.stringify({ id: journal.id }));
      asked.set(store, stampOf(counterOf(folder, store))?.stamp);
      return {
        id: journal.id,
        counterFile: counterOf(folder, store),
        from: counts.get(store) ?? 0,
      };
    },
    close() {
      clearInterval(timer);
      written.seal([...asked.keys()]);
      release();
      journal.close();
    },
  };
};

/** By what a file is known to be the one that it was. */
const stampOf = (path: string): { stamp: string; mtimeMs: number } | undefined => {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const { size, mtimeNs, mtimeMs, ino } = found;
  return { stamp: `${size} ${mtimeNs} ${ino}`, mtimeMs: Number(mtimeMs) };
};

/** Files of the stores that no journal hears of: those that never change once they are whole, and all of them in the end. */
const writtenOnce = (folder: string, journal: Journal) => {
  const seen = new Map<string, string>();
  const noted = new Map<string, string>();
  const eachTable = (
    stores: readonly string[],
    see: (name: string, path: string) => void,
  ): void => {
    for (const store of stores.filter((one) => one.endsWith("tables"))) {
      for (const file of readdirSync(join(folder, store))) {
        if (file.endsWith(".ldb")) see(`${store}/${file}`, join(folder, store, file));
      }
    }
  };
  return {
    /** What has not changed between two looks is whole. */
    look(stores: readonly string[]): void {
      try {
        eachTable(stores, (name, path) => {
          const found = stampOf(path);
          if (found === undefined) return;
          const { stamp, mtimeMs } = found;
          const isWhole = seen.get(name) === stamp && Date.now() - mtimeMs > 2 * lookEveryMs;
          seen.set(name, stamp);
          if (noted.get(name) === stamp) return;
          if (isWhole) {
            journal.note(name, digestIn(path));
            noted.set(name, stamp);
          } else if (journal.files.has(name)) journal.note(name, undefined);
        });
      } catch {
        // A file went while it was looked at: LevelDB has merged it into another one.
      }
    },
    seal(stores: readonly string[]): void {
      eachTable(stores, (name, path) => journal.note(name, digestIn(path)));
      for (const store of stores.filter((one) => one.endsWith("queues"))) {
        const path = join(folder, store, "fauxqs.db");
        if (!existsSync(`${path}-wal`)) journal.note(`${store}/fauxqs.db`, digestIn(path));
      }
    },
  };
};
