import { setTimeout as wait } from "node:timers/promises";

/** A drill waits this many times the allowed time, so that it can report how late a result was. */
export const lateFactor = 3;

const pollMs = 20;

/**
 * Polls a condition that should hold within a time. Returns the milliseconds until it held, or
 * `undefined` if it did not hold within `lateFactor` times that time.
 */
export const waitFor = async (
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<number | undefined> => {
  const begun = performance.now();
  for (;;) {
    if (await condition()) return performance.now() - begun;
    if (performance.now() - begun > lateFactor * withinMs) return undefined;
    await wait(pollMs);
  }
};
