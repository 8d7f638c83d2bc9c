import type { Server } from "node:http";
import dynalite from "dynalite";
import inside, { type Database, type DynaliteStore } from "dynalite/db/index.js";

/**
 * What of dynalite 4 we need and it does not offer. It is all here, so that an upgrade has one place to look at.
 */
export interface OpenedDynalite {
  readonly server: Server;
  readonly store: DynaliteStore;
}

/** Starts dynalite, and gives its store beside its server: it takes the function that makes it from its own module. */
export const openDynalite = (options: Parameters<typeof dynalite>[0]): OpenedDynalite => {
  const { create } = inside;
  let store: DynaliteStore | undefined;
  inside.create = (given) => {
    store = create(given);
    return store;
  };
  const server = dynalite(options);
  inside.create = create;
  if (store === undefined) throw new Error("dynalite makes its store elsewhere now");
  return { server, store };
};

const rowPrefix = "item-";

/** What stands before the key of each row of a table. */
export const rowsOf = (table: string): string => `${rowPrefix}${table}~`;

/** The row that a key of the database is of, if any. */
export const rowAt = (key: string): { table: string; key: string } | undefined => {
  if (!key.startsWith(rowPrefix)) return undefined;
  const end = key.indexOf("~");
  return { table: key.slice(rowPrefix.length, end), key: key.slice(end + 1) };
};

/** Does what dynalite does around each write of a row: nobody else writes it meanwhile. */
export const withRow = async <Result>(
  store: DynaliteStore,
  { table, key }: { table: string; key: string },
  run: () => Promise<Result>,
): Promise<Result> => {
  const freed = await new Promise<() => void>((resolve) => {
    store.getItemDb(table).lock(key, (release) => resolve(release(() => {})));
  });
  try {
    return await run();
  } finally {
    freed();
  }
};

/** Brings a table's indexes in line with a row that is about to change from `old` to `item`. */
export const updateIndexes = async (
  store: DynaliteStore,
  table: string,
  { old, item }: { old: object | undefined; item: object | undefined },
): Promise<void> => {
  const definition = await new Promise<object>((resolve, reject) => {
    store.getTable(table, (error, found) => (error ? reject(error) : resolve(found)));
  });
  await new Promise<void>((resolve, reject) => {
    inside.updateIndexes(store, definition, old, item, (error) =>
      error ? reject(error) : resolve(),
    );
  });
};

type Operation = Parameters<Database["batch"]>[0][number];

/**
 * Lets somebody add to each single write of the database. What is added is written with it, in one step. Nothing is
 * changed when nothing is added.
 */
export const addToWrites = (
  { db }: DynaliteStore,
  more: (key: string, written: "put" | "deleted") => readonly Operation[],
): void => {
  const { put, del } = db;
  db.put = (key, value, done) => {
    const added = more(key, "put");
    if (added.length === 0) return put(key, value, done);
    return db.batch([{ type: "put", key, value }, ...added], done);
  };
  db.del = (key, done) => {
    const added = more(key, "deleted");
    if (added.length === 0) return del(key, done);
    return db.batch([{ type: "del", key }, ...added], done);
  };
};

const markPrefix = "godwit-count~";
/** More than writes can be under way at once: of two of them the later may be stored first. */
const markSlots = 1_024;

/** What stands before the keys that `countWrites` writes. */
export const markRange = { gte: markPrefix, lt: "godwit-count\x7f" };

/**
 * Numbers each write of the database from `from` on, writes its number and the id of the state folder with it in one step, and tells
 * the number before whoever wrote is told. Of the last writes, a lost one is missed by its number.
 */
export const countWrites = (
  { db }: DynaliteStore,
  { id, from }: { id: string; from: number },
  onStored: (count: number) => void,
): void => {
  const batch = db.batch.bind(db);
  let count = from;
  const counted = (operations: readonly Operation[], done?: (error?: Error | null) => void) => {
    count += 1;
    const number = count;
    const key = `${markPrefix}${number % markSlots}`;
    const all = [...operations, { type: "put", key, value: { id, count: number } } as const];
    if (done !== undefined) {
      return batch(all, (error) => {
        if (!error) onStored(number);
        done(error);
      });
    }
    return batch(all)?.then(() => onStored(number));
  };
  db.batch = counted;
  db.put = (key, value, done) => counted([{ type: "put", key, value }], done);
  db.del = (key, done) => counted([{ type: "del", key }], done);
};
