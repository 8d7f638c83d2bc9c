import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Durability } from "../../journal/durability.ts";
import type { CounterConfig } from "../../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../../state/diskSpace.ts";
import { numberCommits } from "../../store/numberCommits.ts";
import { openTransaction } from "../../store/openTransaction.ts";

/** The file of the tables in their folder. */
export const tablesFile = "dynamodb.db";

export interface DatabaseOptions {
  /** The persistent folder. Without it all data is in memory. */
  readonly folder?: string | undefined;
  readonly durability?: Durability | undefined;
  /** The change counter of a persistent folder. */
  readonly counterConfig?: CounterConfig | undefined;
  readonly space?: DiskSpace | undefined;
}

/** A SQLite database whose changes of one event-loop turn are one commit. */
export interface TableDatabase {
  prepare(sql: string): StatementSync;
  /** Runs a statement that changes the database. */
  run(statement: StatementSync, values: readonly SQLInputValue[]): void;
  /** Runs SQL that changes the tables of the database. */
  exec(sql: string): void;
  /** False while the disk is full and reads do not see every change. */
  readonly isComplete: boolean;
  /** Resolves when every change so far is durable; at once when there is none. */
  committed(): Promise<void>;
  close(): void;
}

/** Opens or creates the database. Each commit is numbered when there is a change counter. */
export const openTableDatabase = ({
  folder,
  durability = "power",
  counterConfig,
  space = openDiskSpace(),
}: DatabaseOptions): TableDatabase => {
  if (folder === undefined) return plainDatabase(new DatabaseSync(":memory:"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(folder, tablesFile));
  database.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability === "power" ? "FULL" : "NORMAL"};
    PRAGMA cache_size = -32768;
  `);
  const count = counterConfig && numberCommits(database, counterConfig);
  const transaction = openTransaction({ database, folder, space, count });
  let isClosed = false;
  return {
    prepare: (sql) => database.prepare(sql),
    run: transaction.run,
    exec: (sql) => transaction.run({ run: () => database.exec(sql) }, []),
    get isComplete() {
      return transaction.isComplete;
    },
    committed: async () => {
      if (!transaction.hasChanges) return;
      try {
        await transaction.committed();
      } catch (error) {
        // The last commit was that of `close`.
        if (!isClosed) await endThread(error);
      }
    },
    close() {
      isClosed = true;
      transaction.close();
      count?.close();
      database.close();
    },
  };
};

/** A database without transactions of its own, in memory or for a repair. */
export const plainDatabase = (database: DatabaseSync): TableDatabase => ({
  prepare: (sql) => database.prepare(sql),
  run: (statement, values) => void statement.run(...values),
  exec: (sql) => database.exec(sql),
  isComplete: true,
  committed: () => Promise.resolve(),
  close: () => database.close(),
});

/**
 * Terminates the thread: the cloud must not acknowledge changes that it cannot persist. Pending
 * requests receive no response.
 */
const endThread = (error: unknown): Promise<never> => {
  setImmediate(() => {
    throw error;
  });
  return new Promise(() => {});
};
