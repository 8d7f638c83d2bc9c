import type { DiskSpace } from "../state/diskSpace.ts";
import { busy } from "./restFailure.ts";

/** So long a request waits for space on the disk: less than the SDK's clients wait for an answer. */
const waitMsMax = 500;

/** Lets a request in that has to write: waits a little while the disk is full, and fails with 503 then. */
export const requireDiskSpace = async (space: DiskSpace): Promise<void> => {
  if (space.isFull) await space.waitForSpace({ msMax: waitMsMax });
  if (space.isFull) throw busy("the disk is full: try again later");
};
