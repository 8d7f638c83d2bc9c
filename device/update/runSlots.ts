import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import {
  promptRestarts,
  restartBaseMs,
  restartCapMs,
  stableRunMs,
  trialTimeoutMs,
} from "../limits.ts";
import { parseBootRecord } from "./bootRecord.ts";
import { areaFile, folderDisk, type SlotDisk } from "./slotDisk.ts";
import { bootRecordOf, type StartedSlot, startSlot } from "./startSlot.ts";

/** Options of the start program. */
export interface RunOptions {
  /** Returns the command that runs an image, and its arguments. Default: the file of the image. */
  readonly command?: (file: string) => readonly [string, ...string[]];
  /** An image on trial that is not confirmed within this time is killed. Default: 15 minutes. */
  readonly trialTimeoutMs?: number;
  /** Ends the image (SIGTERM) and the start program. */
  readonly signal?: AbortSignal;
  readonly onStart?: (started: StartedSlot) => void;
}

/**
 * The start program of slots in a folder: runs the image of the slot that boots, and runs it again
 * when it has ended, with a growing wait if it ends early. It stays the same in all updates.
 */
export const runSlots = async (folder: string, options: RunOptions = {}): Promise<void> => {
  const disk = folderDisk(folder);
  let failures = 0;
  try {
    while (!options.signal?.aborted) {
      const started = await startSlot(disk);
      options.onStart?.(started);
      if (options.signal?.aborted) return;
      const begun = performance.now();
      await runImage(areaFile(folder, started.slot), { ...options, disk, started });
      failures = performance.now() - begun < stableRunMs ? failures + 1 : 0;
      const early = Math.max(0, failures - promptRestarts);
      const waitMs = early === 0 ? 0 : Math.min(restartBaseMs * 2 ** early, restartCapMs);
      await wait(waitMs, undefined, { signal: options.signal }).catch(() => {});
    }
  } finally {
    await disk.close?.();
  }
};

/** Runs an image until it ends. */
const runImage = async (
  file: string,
  {
    command = (path) => [path],
    disk,
    started,
    signal,
    ...options
  }: RunOptions & { readonly disk: SlotDisk; readonly started: StartedSlot },
): Promise<void> => {
  const [program, ...args] = command(file);
  const child = spawn(program, args, { stdio: "inherit" });
  const ended = once(child, "exit").catch(() => {});
  const stop = () => child.kill("SIGTERM");
  signal?.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(() => {
    void isOnTrial(disk).then((isTrial) => isTrial && child.kill("SIGKILL"));
  }, options.trialTimeoutMs ?? trialTimeoutMs);
  if (!started.isTrial) clearTimeout(timer);
  await ended;
  clearTimeout(timer);
  signal?.removeEventListener("abort", stop);
};

const isOnTrial = async (disk: SlotDisk): Promise<boolean> => {
  const record = parseBootRecord((await bootRecordOf(disk).read()) ?? "");
  return record?.trial !== undefined;
};
