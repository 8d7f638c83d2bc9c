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
export const rowKeyPrefix = (table: string): string => `${rowPrefix}${table}~`;

/** The row that a key of the database is of, if any. */
export const parseRowKey = (key: string): { table: string; key: string } | undefined => {
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
/** The marks of so many writes stay: one would do, and earlier versions had as many. */
const markSlots = 1_024;

/** What stands before the keys that `countWrites` writes. */
export const markRange = { gte: markPrefix, lt: "godwit-count\x7f" };

/**
 * Numbers each write of the database from `from` on, and writes its number and the id of the state folder with it in one step. Of the
 * last writes, a lost one is missed by its number.
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
  /** Is told the number of each write before whoever wrote is told. */
  onStored(count: number): void;
  /** Runs one write of the database. */
  store(write: () => Promise<void>): Promise<void>;
}

/**
 * Writes one batch at a time, and what comes meanwhile as the next. So nothing is under way behind a write that fails: LevelDB would put it
 * behind the half of a record, acknowledge it, and lose it at the next start.
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

/** Closes a database that takes no write any more, as LevelDB does after one that failed, and opens it again. */
export const reopen = async ({ db }: DynaliteStore): Promise<void> => {
  // Not dynalite's own way to close it, after which it is never open again.
  await db.close._original();
  await db.open();
};
