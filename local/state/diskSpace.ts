import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../platform/log.ts";
import { isDiskFull } from "./diskFull.ts";

/**
 * Whether the state folder's disk has space, as every thread of the cloud knows it. While one store waits for space, the whole cloud does:
 * a queue that went on alone would give its messages to functions that can only fail.
 */
export interface DiskSpace {
  /** Opens the same in another thread. */
  readonly memory: SharedArrayBuffer;
  readonly isFull: boolean;
  /**
   * Runs a write, and again until it does not fail because the disk is full. `recover` runs before each further attempt, and may fail
   * for the same reason. Any other failure is passed on.
   */
  retryWhileFull<Result>(
    write: () => Result | Promise<Result>,
    recover?: () => void | Promise<void>,
  ): Promise<Result>;
  /** Resolves when there is space, when the time is over, or when the signal is aborted. */
  waitForSpace(options?: { msMax?: number; signal?: AbortSignal }): Promise<void>;
}

/** How long a store waits before it tries again. */
const tryEveryMs = 500;
const lookEveryMs = 50;

/** A new one, or with `memory` that of another thread. */
export const openDiskSpace = (
  memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
): DiskSpace => {
  const waiting = new Int32Array(memory);
  const isFull = (): boolean => Atomics.load(waiting, 0) > 0;
  return {
    memory,
    get isFull() {
      return isFull();
    },
    async retryWhileFull(write, recover = () => {}) {
      let isWaiting = false;
      try {
        for (;;) {
          try {
            if (isWaiting) await recover();
            return await write();
          } catch (error) {
            if (!isDiskFull(error)) throw error;
            if (!isWaiting) Atomics.add(waiting, 0, 1);
            isWaiting = true;
            await sleep(tryEveryMs, undefined, { ref: false });
          }
        }
      } finally {
        if (isWaiting) Atomics.sub(waiting, 0, 1);
      }
    },
    async waitForSpace({ msMax = Number.POSITIVE_INFINITY, signal } = {}) {
      const end = performance.now() + msMax;
      while (isFull() && performance.now() < end && !signal?.aborted) {
        await sleep(lookEveryMs, undefined, { ref: false });
      }
    },
  };
};

const logEveryMs = 250;

/** Logs one line when the disk of a state folder is full, and one when there is space again. Gives back how to end that. */
export const logDiskSpace = (space: DiskSpace, folder: string, log: Log): (() => void) => {
  let fullSince: number | undefined;
  const look = (): void => {
    if (space.isFull === (fullSince !== undefined)) return;
    if (fullSince === undefined) {
      fullSince = performance.now();
      const message = "the disk is full: nothing is acknowledged until there is space, reads go on";
      log(message, { state: folder }, "error");
      return;
    }
    const seconds = Math.round((performance.now() - fullSince) / 1_000);
    fullSince = undefined;
    log("there is space on the disk again: everything goes on", { state: folder, seconds }, "warn");
  };
  const timer = setInterval(look, logEveryMs).unref();
  return () => clearInterval(timer);
};
