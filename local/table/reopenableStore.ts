import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DynaliteStore } from "dynalite/db/index.js";
import { busy } from "../http/restFailure.ts";
import { probeSpace } from "../state/diskFull.ts";
import { reopen } from "./dynaliteInternals.ts";

/** Reads of a database that may be closed and reopened meanwhile. */
export interface ReopenableStore {
  /**
   * Runs a read with the database open, which stays open until `end` is called. Fails with a
   * `RestFailure` 503 when the database cannot be opened.
   */
  read(run: (end: () => void) => void): Promise<void>;
  /**
   * Waits a bounded time for running reads, then reopens the database. Fails, without closing the
   * database, when the disk has no space for that.
   */
  reopen(): Promise<void>;
}

/** A longer read is cut. */
const readMsMax = 5_000;
/** Space for LevelDB's files besides the content of its logs. */
const reserveBytes = 262_144;

export const reopenableStore = (store: DynaliteStore, folder: string): ReopenableStore => {
  const reads = new Set<Promise<void>>();
  let reopening: Promise<void> | undefined;
  let isOpen = true;
  return {
    async read(run) {
      await reopening?.catch(() => {});
      // A waiting write reopens the database.
      if (!isOpen) throw busy("the disk is full: the tables cannot be opened");
      const ended = Promise.withResolvers<void>();
      reads.add(ended.promise);
      run(() => {
        reads.delete(ended.promise);
        ended.resolve();
      });
    },
    async reopen() {
      probeSpace(folder, logBytes(folder) + reserveBytes);
      reopening = (async () => {
        await within(readMsMax, Promise.all(reads));
        isOpen = false;
        await reopen(store);
        isOpen = true;
      })();
      await reopening;
      reopening = undefined;
    },
  };
};

/** LevelDB writes its logs to tables when it opens. */
const logBytes = (folder: string): number =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .reduce((bytes, name) => bytes + statSync(join(folder, name)).size, 0);

const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
};
