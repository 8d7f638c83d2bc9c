import type { DiskSpace } from "../../state/diskSpace.ts";
import { heldBytesMax } from "../limits.ts";

/** Holds what is published while the disk is full, so that nothing is acknowledged and nothing is refused. Fails when too much waits. */
export type Backpressure = (bytes: number) => Promise<void>;

/** A message counts for so much at least. */
const messageBytesMin = 1_024;

export const createBackpressure = (
  space: Pick<DiskSpace, "isFull" | "waitForSpace">,
): Backpressure => {
  let held = 0;
  return async (payloadBytes) => {
    if (!space.isFull) return;
    const bytes = payloadBytes + messageBytesMin;
    if (held + bytes > heldBytesMax) throw new Error("the disk is full, and too much waits for it");
    held += bytes;
    await space.waitForSpace();
    held -= bytes;
  };
};
