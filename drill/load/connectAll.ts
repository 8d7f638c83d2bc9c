import type { Device } from "../../device/device.ts";

/** How many connect at once: a start is no herd. */
const concurrentConnectsMax = 10;

/** Connects devices, some at a time. */
export const connectAll = async (devices: readonly Device[]): Promise<void> => {
  const waiting = devices.values();
  const work = async () => {
    for (const device of waiting) await device.connect();
  };
  await Promise.all(Array.from({ length: concurrentConnectsMax }, work));
};
