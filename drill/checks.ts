/** The tests run the short form, `npm run drill` the long one. */
export type Form = "short" | "long";

/** A promise and its measurement. */
export interface Check {
  readonly promised: string;
  readonly measured: string;
  readonly passed: boolean;
  /** The check measures a time: other processes on the machine can make it fail. */
  readonly isTiming?: true;
}

/** Formats a time as `1.3 s`; `undefined` is `never`. */
export const formatSeconds = (ms: number | undefined): string =>
  ms === undefined ? "never" : `${(ms / 1_000).toFixed(1)} s`;

/** Checks that something happened within a time; `undefined` means never. */
export const within = (subject: string, ms: number | undefined, msMax: number): Check => ({
  promised: `${subject} within ${formatSeconds(msMax)}`,
  measured: formatSeconds(ms),
  passed: ms !== undefined && ms <= msMax,
  // An event that never happened is a failure, not a slow success.
  ...(ms !== undefined && { isTiming: true }),
});

/** Checks that a number equals the promised one. */
export const exactly = (subject: string, measured: number, promised: number): Check => ({
  promised: `${subject}: ${promised}`,
  measured: String(measured),
  passed: measured === promised,
});

/** Checks that a number does not exceed a maximum. NaN fails. */
export const atMost = (subject: string, measured: number, max: number, digits = 0): Check => ({
  promised: `${subject}: at most ${max}`,
  measured: measured.toFixed(digits),
  passed: measured <= max,
});
