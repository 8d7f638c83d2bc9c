import { onTestFinished } from "vitest";
import { type DiskSpace, openDiskSpace } from "../../../local/state/diskSpace.ts";

/** The system's error for a full disk. */
export const noSpace = (code = "ENOSPC"): Error =>
  Object.assign(new Error(`${code}: no space left on device, write`), { code });

/** A disk that is full until `free` is called or the test ends. */
export const fullDisk = (): { space: DiskSpace; free(): Promise<void> } => {
  const space = openDiskSpace();
  let isFull = true;
  const waiting = space.retryWhileFull(() => {
    if (isFull) throw noSpace();
  });
  const free = async () => {
    isFull = false;
    await waiting;
  };
  onTestFinished(free);
  return { space, free };
};
