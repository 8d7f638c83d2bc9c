import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { explainIoError, isDiskFull } from "../state/diskFull.ts";
import type { DiskSpace } from "../state/diskSpace.ts";

/** A transaction that is always open and survives a full disk. */
export interface OpenTransaction {
  /**
   * Runs a statement in the transaction: now, or with the transaction's retry while the disk is
   * full.
   */
  run(statement: Statement, values: readonly SQLInputValue[]): void;
  /**
   * Whether reads see every change. While the disk is full they see only the committed ones, so
   * that a write must not depend on them.
   */
  readonly isComplete: boolean;
  /** Whether there are statements since the last commit. */
  readonly hasChanges: boolean;
  /** Statements since the last commit, the last first. */
  uncommitted(): readonly Change[];
  /**
   * Resolves when all earlier statements are committed. Fails when the commit fails for another
   * reason than a full disk.
   */
  committed(): Promise<void>;
  /** Commits for the last time, without retries. */
  close(): void;
}

/** A prepared statement. */
export interface Statement {
  run(...values: readonly SQLInputValue[]): unknown;
}

interface Change {
  readonly statement: Statement;
  readonly values: readonly SQLInputValue[];
}

interface TransactionOptions {
  readonly database: DatabaseSync;
  /** The folder of the database. */
  readonly folder: string;
  readonly space: DiskSpace;
  /** Counts each commit: `add` within the transaction, `written` after it. */
  readonly count?: { add(): void; written(): void } | undefined;
}

/**
 * Opens the first transaction. SQLite rolls a transaction back when the disk is full, so its
 * statements are kept until the commit and run again when there is space.
 */
export const openTransaction = (options: TransactionOptions): OpenTransaction => {
  const { database, folder, space, count } = options;
  let changes: Change[] = [];
  let commit: Promise<void> | undefined;
  /** False when the open transaction does not contain all changes. */
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
    get isComplete() {
      return isOpen;
    },
    get hasChanges() {
      return changes.length > 0;
    },
    uncommitted: () => changes.toReversed(),
    committed() {
      commit ??= turn().then(() =>
        space.retryWhileFull(() => {
          tryAll();
          // Not earlier: statements that run during a retry are committed with it.
          commit = undefined;
        }),
      );
      return commit;
    },
    close() {
      if (isOpen) writeAll();
      // No client has received a response for its changes.
      if (database.isTransaction) database.exec("ROLLBACK");
    },
  };
};
