import type { Check } from "./drill.ts";

/** How a time is written: `1.3 s`. */
export const formatSeconds = (ms: number | undefined): string =>
  ms === undefined ? "never" : `${(ms / 1_000).toFixed(1)} s`;

/** Something that had to be so within a bound; `undefined` when it was not at all. */
export const within = (what: string, ms: number | undefined, msMax: number): Check => ({
  promised: `${what} within ${formatSeconds(msMax)}`,
  measured: formatSeconds(ms),
  passed: ms !== undefined && ms <= msMax,
  // What never came was not slow.
  ...(ms !== undefined && { isTiming: true }),
});

/** A number that had to be one. */
export const exactly = (what: string, measured: number, promised: number): Check => ({
  promised: `${what}: ${promised}`,
  measured: String(measured),
  passed: measured === promised,
});

/** A number that had to be no larger. NaN is. */
export const atMost = (what: string, measured: number, max: number, digits = 0): Check => ({
  promised: `${what}: at most ${max}`,
  measured: measured.toFixed(digits),
  passed: measured <= max,
});
