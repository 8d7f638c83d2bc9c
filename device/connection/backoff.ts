import { reconnectBaseMs, reconnectCapMs } from "../limits.ts";

/** Exponential backoff. */
export interface Backoff {
  /** Returns the wait before the next attempt, in milliseconds. */
  next(): number;
  /** Resets the bound to its base after a successful attempt. */
  reset(): void;
}

/**
 * Exponential backoff with full jitter: each wait is random between 0 and a bound that doubles with
 * each attempt, up to a cap. Devices that lose their connections together reconnect spread out.
 */
export const createBackoff = ({
  random,
  baseMs = reconnectBaseMs,
  capMs = reconnectCapMs,
}: {
  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly baseMs?: number;
  readonly capMs?: number;
}): Backoff => {
  let attempts = 0;
  return {
    next() {
      const boundMs = Math.min(capMs, baseMs * 2 ** attempts);
      attempts += 1;
      return random() * boundMs;
    },
    reset() {
      attempts = 0;
    },
  };
};
