import { reconnectBaseMs, reconnectCapMs } from "../limits.ts";

/** How long to wait before each further try. */
export interface Backoff {
  /** The wait before the next try, in milliseconds. */
  next(): number;
  /** A try came to something: the next wait is the first one again. */
  reset(): void;
}

/**
 * Waits with full jitter: anything from 0 to a bound that doubles with each try. A million devices that
 * lost their connections at the same moment come back at a million different ones.
 */
export const createBackoff = ({
  random,
  baseMs = reconnectBaseMs,
  capMs = reconnectCapMs,
}: {
  /** From 0 up to 1, 1 itself not included. */
  readonly random: () => number;
  readonly baseMs?: number;
  readonly capMs?: number;
}): Backoff => {
  let tries = 0;
  return {
    next() {
      const boundMs = Math.min(capMs, baseMs * 2 ** tries);
      tries += 1;
      return random() * boundMs;
    },
    reset() {
      tries = 0;
    },
  };
};
