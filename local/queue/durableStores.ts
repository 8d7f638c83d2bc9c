import { DatabaseSync } from "node:sqlite";
import { PersistenceManager } from "../../node_modules/fauxqs/dist/persistence.js";
import type { S3Store } from "../../node_modules/fauxqs/dist/s3/s3Store.js";
import type { SnsStore } from "../../node_modules/fauxqs/dist/sns/snsStore.js";
import type { SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";
import { type CounterConfig, openChangeCounter } from "../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { type OpenTransaction, openTransaction } from "../store/openTransaction.ts";
import { wrapStatements } from "./wrapStatements.ts";

/** The stores of fauxqs, which it passes to every action. */
export interface Stores {
  readonly sqsStore: SqsStore;
  readonly snsStore: SnsStore;
  readonly s3Store: S3Store;
}

export interface DurableStores {
  /** Resolves when all earlier changes are committed to the database file. */
  committed(): Promise<void>;
  close(): void;
}

interface DurableOptions {
  readonly counterConfig?: CounterConfig | undefined;
  readonly space?: DiskSpace;
}

/**
 * Loads the state in `folder` into the stores and persists every later change.
 *
 * fauxqs writes each message in its own transaction: each needs a flush to disk, and a message that
 * moves to a dead-letter queue is briefly in neither queue. Here one transaction is always open. It
 * contains all changes of one event-loop turn, and responses wait for its commit. On a full disk
 * they wait for space.
 */
export const durableStores = (
  folder: string,
  stores: Stores,
  { counterConfig, space = openDiskSpace() }: DurableOptions = {},
): DurableStores => {
  const persistence = new PersistenceManager(folder);
  const database = databaseOf(persistence);
  releaseInFlight(database);
  persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store);
  attachPersistence(persistence, stores);
  // The outer transaction replaces fauxqs's own ones; SQLite does not nest transactions.
  Reflect.set(persistence, "transaction", (change: () => void) => change());

  const count = counterConfig && numberCommits(database, counterConfig);
  const transaction = openTransaction({ database, folder, space, count });
  wrapStatements(persistence, transaction);
  fixMessageReady(transaction, { persistence, database });
  return {
    committed: () => transaction.committed().catch(endThread),
    close() {
      transaction.close();
      count?.close();
      persistence.close();
    },
  };
};

/** fauxqs exposes its database only in this private field. */
const databaseOf = (persistence: PersistenceManager): DatabaseSync => {
  const database: unknown = Reflect.get(persistence, "db");
  if (database instanceof DatabaseSync) return database;
  throw new Error("fauxqs has no field `db`: unsupported version");
};

/**
 * Makes messages visible that were in flight when the last run ended. On AWS only the visibility
 * timeout does that, since the receiver may still run. Here the receivers, the functions of this
 * cloud, ended with the process.
 */
const releaseInFlight = (database: DatabaseSync): void =>
  database.exec("UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL");

/**
 * Replaces fauxqs's update for a message that becomes visible before its timeout: it sets the
 * receive count to NULL, which its table rejects, so each `ChangeMessageVisibility` to 0 would
 * fail. The message keeps its counts, as in memory.
 */
const fixMessageReady = (
  transaction: OpenTransaction,
  { persistence, database }: { persistence: PersistenceManager; database: DatabaseSync },
): void => {
  const ready = database.prepare(
    "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
  );
  persistence.updateMessageReady = (messageId) => transaction.run(ready, [messageId]);
};

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

/**
 * Must follow the load: creating a queue with persistence replaces the stored queue and its
 * messages.
 */
const attachPersistence = (
  persistence: PersistenceManager,
  { sqsStore, snsStore, s3Store }: Stores,
): void => {
  sqsStore.persistence = persistence;
  snsStore.persistence = persistence;
  s3Store.persistence = persistence;
  for (const queue of sqsStore.allQueues()) queue.persistence = persistence;
};

/** Numbers each commit: in the database within the commit, and in the counter file after it. */
const numberCommits = (database: DatabaseSync, { id, counterFile, from }: CounterConfig) => {
  // A mark without a counter, or a counter without a mark, would look like a loss after a kill in
  // between.
  const counter = openChangeCounter(counterFile, id, from);
  database.exec("BEGIN");
  database.exec(
    "CREATE TABLE IF NOT EXISTS godwit_mark (id TEXT NOT NULL, count INTEGER NOT NULL)",
  );
  database.exec("DELETE FROM godwit_mark");
  database.prepare("INSERT INTO godwit_mark VALUES (?, ?)").run(id, from);
  database.exec("COMMIT");
  const update = database.prepare("UPDATE godwit_mark SET count = ?");
  let count = from;
  return {
    add(): void {
      count += 1;
      update.run(count);
    },
    written: (): void => counter.write(count),
    close: (): void => counter.close(),
  };
};
