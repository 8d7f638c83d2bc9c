import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DynaliteStore } from "dynalite/db/index.js";
import { busy } from "../http/restFailure.ts";
import { probeSpace } from "../state/diskFull.ts";
import { reopen } from "./dynaliteInternals.ts";

/** Reads of a database that is closed and opened again under them. */
export interface ReopenableStore {
  /** Runs a read while the database is open, which stays so until `end` has been called. Fails with a `RestFailure` 503 when it cannot be opened. */
  read(run: (end: () => void) => void): Promise<void>;
  /** Waits for the reads under way, within a bound, and opens the database again. Fails while the disk has no room for that, and closes nothing then. */
  reopen(): Promise<void>;
}

/** A read that takes longer than this is cut. */
const readMsMax = 5_000;
/** For what LevelDB writes beside the content of its logs. */
const roomBytes = 262_144;

export const reopenableStore = (store: DynaliteStore, folder: string): ReopenableStore => {
  const reads = new Set<Promise<void>>();
  let reopening: Promise<void> | undefined;
  let isOpen = true;
  return {
    async read(run) {
      await reopening?.catch(() => {});
      // Whoever waits to write opens it again.
      if (!isOpen) throw busy("the disk is full: the tables cannot be opened");
      const ended = Promise.withResolvers<void>();
      reads.add(ended.promise);
      run(() => {
        reads.delete(ended.promise);
        ended.resolve();
      });
    },
    async reopen() {
      probeSpace(folder, logBytes(folder) + roomBytes);
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

/** What LevelDB has in its logs it writes into tables when it opens. */
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
