import { DatabaseSync } from "node:sqlite";
import { PersistenceManager } from "../../node_modules/fauxqs/dist/persistence.js";
import type { S3Store } from "../../node_modules/fauxqs/dist/s3/s3Store.js";
import type { SnsStore } from "../../node_modules/fauxqs/dist/sns/snsStore.js";
import type { SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";
import { type CounterConfig, openChangeCounter } from "../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { type OpenTransaction, openTransaction } from "./openTransaction.ts";
import { wrapStatements } from "./wrapStatements.ts";

/** What fauxqs keeps: it hands these three to every action. */
export interface Stores {
  readonly sqsStore: SqsStore;
  readonly snsStore: SnsStore;
  readonly s3Store: S3Store;
}

export interface DurableStores {
  /** Resolves when everything that was changed before this call is in the database file. */
  committed(): Promise<void>;
  close(): void;
}

interface DurableOptions {
  readonly counterConfig?: CounterConfig | undefined;
  readonly space?: DiskSpace;
}

/**
 * Loads what `folder` holds into the stores and keeps every later change there.
 *
 * fauxqs writes each message in a transaction of its own: a flush to disk for each, and a message on
 * its way to a dead-letter queue is for a moment in neither queue. Here a transaction is always open.
 * It takes in all the changes of one turn of the event loop, and answers wait for its end. On a full disk they wait for space.
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
  keep(persistence, stores);
  // The outer transaction does what its own ones would do, and SQLite does not nest them.
  Reflect.set(persistence, "transaction", (change: () => void) => change());

  const count = counterConfig && countCommits(database, counterConfig);
  const transaction = openTransaction({ database, folder, space, count });
  wrapStatements(persistence, transaction);
  makeReady(transaction, { persistence, database });
  return {
    committed: () => transaction.committed().catch(endThread),
    close() {
      transaction.close();
      count?.close();
      persistence.close();
    },
  };
};

/** fauxqs has no way to reach its database but this private field. */
const databaseOf = (persistence: PersistenceManager): DatabaseSync => {
  const database: unknown = Reflect.get(persistence, "db");
  if (database instanceof DatabaseSync) return database;
  throw new Error("fauxqs does not keep its database in `db`: its version does not fit");
};

/**
 * Makes visible what was in flight when the last run ended. On AWS only the visibility time-out does
 * that, since the receiver may still be at work. Here the receivers ended with the run: every function
 * of this cloud lives in this process.
 */
const releaseInFlight = (database: DatabaseSync): void =>
  database.exec("UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL");

/**
 * Replaces what fauxqs does when a message becomes visible before its time-out: it would set the receive count to NULL, which
 * its own table refuses, so each `ChangeMessageVisibility` to 0 would fail. The message keeps its counts, as in memory.
 */
const makeReady = (
  transaction: OpenTransaction,
  { persistence, database }: { persistence: PersistenceManager; database: DatabaseSync },
): void => {
  const ready = database.prepare(
    "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
  );
  persistence.updateMessageReady = (messageId) => transaction.run(ready, [messageId]);
};

/** The cloud must not go on acknowledging what it cannot keep, and whoever waits for it gets no answer. */
const endThread = (error: unknown): Promise<never> => {
  setImmediate(() => {
    throw error;
  });
  return new Promise(() => {});
};

/** Must come after the load: a queue that is made while it is kept replaces itself and its messages. */
const keep = (persistence: PersistenceManager, { sqsStore, snsStore, s3Store }: Stores): void => {
  sqsStore.persistence = persistence;
  snsStore.persistence = persistence;
  s3Store.persistence = persistence;
  for (const queue of sqsStore.allQueues()) queue.persistence = persistence;
};

/** Numbers each commit, in the database with it and in the file beside it after it. */
const countCommits = (database: DatabaseSync, { id, counterFile, from }: CounterConfig) => {
  // A mark without a counter, or a counter without its mark, would look like a loss if the process were killed in between.
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
