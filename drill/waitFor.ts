import { setTimeout as wait } from "node:timers/promises";
import { patience } from "./patience.ts";

const lookEveryMs = 20;

/**
 * Waits until something is so that should be within a time, and answers after how many milliseconds it was. `undefined` when it was
 * not in three times that time.
 */
export const waitFor = async (
  look: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<number | undefined> => {
  const begun = performance.now();
  for (;;) {
    if (await look()) return performance.now() - begun;
    if (performance.now() - begun > patience * withinMs) return undefined;
    await wait(lookEveryMs);
  }
};
