import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../platform/log.ts";
import { isDiskFull } from "./diskFull.ts";

/**
 * Whether the state folder's disk is full, shared by all threads. While one store waits for space,
 * the whole cloud waits: a queue that continued alone would invoke functions that can only fail.
 */
export interface DiskSpace {
  /** Pass this to another thread to share the state. */
  readonly memory: SharedArrayBuffer;
  readonly isFull: boolean;
  /**
   * Runs a write and retries it while it fails because the disk is full. `recover` runs before each
   * retry and may fail for the same reason. Other errors are thrown.
   */
  retryWhileFull<Result>(
    write: () => Result | Promise<Result>,
    recover?: () => void | Promise<void>,
  ): Promise<Result>;
  /** Resolves when there is space, after `msMax`, or when the signal is aborted. */
  waitForSpace(options?: { msMax?: number; signal?: AbortSignal }): Promise<void>;
}

/** Wait before a retry. */
const retryEveryMs = 500;
const pollEveryMs = 50;

/** Creates a new state, or opens that of another thread with its `memory`. */
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
            await sleep(retryEveryMs, undefined, { ref: false });
          }
        }
      } finally {
        if (isWaiting) Atomics.sub(waiting, 0, 1);
      }
    },
    async waitForSpace({ msMax = Number.POSITIVE_INFINITY, signal } = {}) {
      const end = performance.now() + msMax;
      while (isFull() && performance.now() < end && !signal?.aborted) {
        await sleep(pollEveryMs, undefined, { ref: false });
      }
    },
  };
};

/** A wake-up of an idle machine takes about 0.1 ms of processor time. */
const logEveryMs = 1_000;

/**
 * Logs a line when the disk of a state folder is full, and another when there is space again.
 * Returns a function that ends this.
 */
export const logDiskSpace = (space: DiskSpace, folder: string, log: Log): (() => void) => {
  let fullSince: number | undefined;
  const look = (): void => {
    if (space.isFull === (fullSince !== undefined)) return;
    if (fullSince === undefined) {
      fullSince = performance.now();
      const message = "the disk is full: writes wait for space, reads continue";
      log(message, { state: folder }, "error");
      return;
    }
    const seconds = Math.round((performance.now() - fullSince) / 1_000);
    fullSince = undefined;
    log("the disk has space again: writes continue", { state: folder, seconds }, "warn");
  };
  const timer = setInterval(look, logEveryMs).unref();
  return () => clearInterval(timer);
};
