import type { Server } from "node:http";
import dynalite from "dynalite";
import inside, { type Database, type DynaliteStore } from "dynalite/db/index.js";

/**
 * Internals of dynalite 4 that it does not expose. They are all in this file, so that an upgrade
 * has one place to check.
 */
export interface OpenedDynalite {
  readonly server: Server;
  readonly store: DynaliteStore;
}

/**
 * Starts dynalite and returns its store with its server: intercepts the function of its own module
 * that creates the store.
 */
export const openDynalite = (options: Parameters<typeof dynalite>[0]): OpenedDynalite => {
  const { create } = inside;
  let store: DynaliteStore | undefined;
  inside.create = (given) => {
    store = create(given);
    return store;
  };
  const server = dynalite(options);
  inside.create = create;
  if (store === undefined) throw new Error("dynalite no longer creates its store with create");
  return { server, store };
};

const rowPrefix = "item-";

/** The key prefix of a table's rows. */
export const rowKeyPrefix = (table: string): string => `${rowPrefix}${table}~`;

/** The row of a database key; `undefined` for other keys. */
export const parseRowKey = (key: string): { table: string; key: string } | undefined => {
  if (!key.startsWith(rowPrefix)) return undefined;
  const end = key.indexOf("~");
  return { table: key.slice(rowPrefix.length, end), key: key.slice(end + 1) };
};

/** Locks a row as dynalite does for each write, so that no other request writes it. */
export const withRow = async <Result>(
  store: DynaliteStore,
  { table, key }: { table: string; key: string },
  run: () => Promise<Result>,
): Promise<Result> => {
  const unlock = await new Promise<() => void>((resolve) => {
    store.getItemDb(table).lock(key, (release) => resolve(release(() => {})));
  });
  try {
    return await run();
  } finally {
    unlock();
  }
};

/** Updates a table's indexes for a row that changes from `old` to `item`. */
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

/** Adds operations to each write of a single row. They are written atomically with it. */
export const extendWrites = (
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
/** Number of marks kept. One would suffice; earlier versions had this many. */
const markSlots = 1_024;

/** The key range of `countWrites`. */
export const markRange = { gte: markPrefix, lt: "godwit-count\x7f" };

/**
 * Numbers each write of the database from `from` on, and writes the number and the id of the state
 * folder atomically with it, so that the loss of a recent write is detected.
 */
export const countWrites = (
  { db }: DynaliteStore,
  { id, from }: { id: string; from: number },
  { onStored, store }: CountedWrites,
): void => {
  const batch = db.batch.bind(db);
  let count = from;
  const write = serializeWrites(async (operations) => {
    count += 1;
    const number = count;
    const key = `${markPrefix}${number % markSlots}`;
    const mark = { type: "put", key, value: { id, count: number } } as const;
    await store(async () => {
      await batch([...operations, mark]);
      onStored(number);
    });
  });
  const counted = (operations: readonly Operation[], done?: (error?: Error | null) => void) => {
    const written = write(operations);
    if (done === undefined) return written;
    written.then(
      () => setImmediate(done, null),
      (error) => setImmediate(done, error),
    );
    return undefined;
  };
  db.batch = counted;
  db.put = (key, value, done) => counted([{ type: "put", key, value }], done);
  db.del = (key, done) => counted([{ type: "del", key }], done);
};

interface CountedWrites {
  /** Called with the number of each write before its writer is notified. */
  onStored(count: number): void;
  /** Runs one write of the database. */
  store(write: () => Promise<void>): Promise<void>;
}

/**
 * Writes one batch at a time; writes that arrive meanwhile form the next batch. No write is in
 * progress behind a failed one: LevelDB would store it after a partial record, acknowledge it, and
 * lose it at the next start.
 */
const serializeWrites = (
  write: (operations: readonly Operation[]) => Promise<void>,
): ((operations: readonly Operation[]) => Promise<void>) => {
  let waiting: { operations: readonly Operation[]; written: PromiseWithResolvers<void> }[] = [];
  let isWriting = false;
  const writeAll = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length > 0) {
      const together = waiting;
      waiting = [];
      try {
        await write(together.flatMap(({ operations }) => operations));
        for (const { written } of together) written.resolve();
      } catch (error) {
        for (const { written } of together) written.reject(error);
      }
    }
    isWriting = false;
  };
  return (operations) => {
    const written = Promise.withResolvers<void>();
    waiting.push({ operations, written });
    if (!isWriting) void writeAll();
    return written.promise;
  };
};

/** Closes and reopens a database that rejects writes, as LevelDB does after a failed one. */
export const reopen = async ({ db }: DynaliteStore): Promise<void> => {
  // Not dynalite's own close, which is final.
  await db.close._original();
  await db.open();
};
