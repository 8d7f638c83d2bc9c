import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { explainIoError, isDiskFull } from "../state/diskFull.ts";
import type { DiskSpace } from "../state/diskSpace.ts";

/** A transaction that is always open, and that a full disk does not end. */
export interface OpenTransaction {
  /** Runs a statement in the transaction now, or while the disk is full with it later. */
  run(statement: StatementSync, values: readonly SQLInputValue[]): void;
  /** What ran since the last commit, the last first. */
  uncommitted(): readonly Change[];
  /** Resolves when everything that ran before this call is committed. Fails when it cannot be, for another reason than a full disk. */
  committed(): Promise<void>;
  /** Commits what can be committed at once, for the last time. */
  close(): void;
}

interface Change {
  readonly statement: StatementSync;
  readonly values: readonly SQLInputValue[];
}

interface TransactionOptions {
  readonly database: DatabaseSync;
  /** Where the database lies. */
  readonly folder: string;
  readonly space: DiskSpace;
  /** Counts each commit: the first in the transaction, the second after it. */
  readonly count?: { add(): void; written(): void } | undefined;
}

/**
 * Opens the first transaction. SQLite rolls a transaction back when the disk is full, so what ran in it is kept until it is committed, and run
 * again when there is space.
 */
export const openTransaction = (options: TransactionOptions): OpenTransaction => {
  const { database, folder, space, count } = options;
  let changes: Change[] = [];
  let commit: Promise<void> | undefined;
  /** False when what has changed is not all in the open transaction. */
  let isOpen = true;

  const writeAll = (): void => {
    if (!isOpen) {
      if (database.isTransaction) database.exec("ROLLBACK");
      database.exec("BEGIN");
      for (const { statement, values } of changes) statement.run(...values);
    }
    count?.add();
    database.exec("COMMIT");
    count?.written();
    changes = [];
    database.exec("BEGIN");
    isOpen = true;
  };
  const tryAll = (): void => {
    try {
      writeAll();
    } catch (error) {
      isOpen = false;
      throw explainIoError(error, folder);
    }
  };
  database.exec("BEGIN");
  return {
    run(statement, values) {
      if (isOpen) {
        try {
          statement.run(...values);
        } catch (error) {
          if (!isDiskFull(explainIoError(error, folder))) throw error;
          isOpen = false;
        }
      }
      changes.push({ statement, values });
    },
    uncommitted: () => changes.toReversed(),
    committed() {
      commit ??= turn().then(() =>
        space.retryWhileFull(() => {
          tryAll();
          // Not before: what runs while it is tried again is committed with it.
          commit = undefined;
        }),
      );
      return commit;
    },
    close() {
      if (isOpen) writeAll();
      // Nobody has an answer for what is in it.
      if (database.isTransaction) database.exec("ROLLBACK");
    },
  };
};
