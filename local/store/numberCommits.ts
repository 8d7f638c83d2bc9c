import type { DatabaseSync } from "node:sqlite";
import { type CounterConfig, openChangeCounter } from "../state/changeCounter.ts";

/** Numbers each commit: in the database within the commit, and in the counter file after it. */
export interface CommitNumbers {
  /** Within the transaction. */
  add(): void;
  /** After its commit. */
  written(): void;
  close(): void;
}

/** Starts with the number `from`, so that the loss of a recent commit is detected. */
export const numberCommits = (
  database: DatabaseSync,
  { id, counterFile, from }: CounterConfig,
): CommitNumbers => {
  // A mark without a counter, or a counter without a mark, would look like a loss after a kill in
  // between.
  const counter = openChangeCounter(counterFile, id, from);
  database.exec("BEGIN");
  database.exec("CREATE TABLE IF NOT EXISTS mark (id TEXT NOT NULL, count INTEGER NOT NULL)");
  database.exec("DELETE FROM mark");
  database.prepare("INSERT INTO mark VALUES (?, ?)").run(id, from);
  database.exec("COMMIT");
  const update = database.prepare("UPDATE mark SET count = ?");
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
