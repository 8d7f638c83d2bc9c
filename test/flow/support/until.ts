import { setTimeout as wait } from "node:timers/promises";

/** Polls until `look` returns a value. Returns that value. Fails after `withinMs`. */
export const until = async <T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 15_000,
): Promise<T> => {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`timed out after ${withinMs} ms: ${what}`);
    await wait(20);
  }
};
