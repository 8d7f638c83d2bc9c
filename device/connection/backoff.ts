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
 *
 * The bound does not exceed the outage so far, except for the base. Otherwise a device whose first
 * waits were short would wait several times as long as the outage was.
 */
export const createBackoff = ({
  random,
  elapsed,
  baseMs = reconnectBaseMs,
  capMs = reconnectCapMs,
}: {
  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** Milliseconds of a monotonic clock. */
  readonly elapsed: () => number;
  readonly baseMs?: number;
  readonly capMs?: number;
}): Backoff => {
  let attempts = 0;
  /** When the outage began. */
  let since: number | undefined;
  return {
    next() {
      const now = elapsed();
      since ??= now;
      const boundMs = Math.min(capMs, baseMs * 2 ** attempts, Math.max(baseMs, now - since));
      attempts += 1;
      return random() * boundMs;
    },
    reset() {
      attempts = 0;
      since = undefined;
    },
  };
};
