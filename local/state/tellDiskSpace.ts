import type { Log } from "../log.ts";
import type { DiskSpace } from "./diskSpace.ts";

const lookEveryMs = 250;

/** Logs one line when the disk of a state folder is full, and one when there is space again. Gives back how to end that. */
export const tellDiskSpace = (space: DiskSpace, folder: string, log: Log): (() => void) => {
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
  const timer = setInterval(look, lookEveryMs).unref();
  return () => clearInterval(timer);
};
