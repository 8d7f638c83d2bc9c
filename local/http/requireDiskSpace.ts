import type { DiskSpace } from "../state/diskSpace.ts";
import { busy } from "./restFailure.ts";

/** Time that a request waits for disk space: less than the response timeout of SDK clients. */
const waitMsMax = 500;

/** Admits a request that writes. While the disk is full, waits briefly, then fails with 503. */
export const requireDiskSpace = async (space: DiskSpace): Promise<void> => {
  if (space.isFull) await space.waitForSpace({ msMax: waitMsMax });
  if (space.isFull) throw busy("the disk is full: try again later");
};
