import type { Device } from "../../device/device.ts";

/** Bounded, so that the start of a drill is not a thundering herd. */
const concurrentConnectsMax = 10;

/** Connects devices with bounded concurrency. */
export const connectAll = async (devices: readonly Device[]): Promise<void> => {
  const queue = devices.values();
  const worker = async () => {
    for (const device of queue) await device.connect();
  };
  await Promise.all(Array.from({ length: concurrentConnectsMax }, worker));
};
