import { setTimeout as wait } from "node:timers/promises";

const lookEveryMs = 20;

/** Waits until something is so, and answers after how many milliseconds it was; `undefined` when it was not within the bound. */
export const waitFor = async (
  look: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<number | undefined> => {
  const begun = performance.now();
  for (;;) {
    if (await look()) return performance.now() - begun;
    if (performance.now() - begun > withinMs) return undefined;
    await wait(lookEveryMs);
  }
};
