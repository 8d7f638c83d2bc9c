import type { DiskSpace } from "../../state/diskSpace.ts";
import { waitingBytesMax } from "../limits.ts";

/**
 * Delays publishes while the disk is full, so that none is acknowledged or rejected. Fails when too
 * many bytes wait.
 */
export type Backpressure = (bytes: number) => Promise<void>;

/** Minimum size that a message counts as. */
const messageBytesMin = 1_024;

export const createBackpressure = (
  space: Pick<DiskSpace, "isFull" | "waitForSpace">,
): Backpressure => {
  let held = 0;
  return async (payloadBytes) => {
    if (!space.isFull) return;
    const bytes = payloadBytes + messageBytesMin;
    if (held + bytes > waitingBytesMax)
      throw new Error("the disk is full and too many messages wait");
    held += bytes;
    try {
      await space.waitForSpace();
    } finally {
      held -= bytes;
    }
  };
};
