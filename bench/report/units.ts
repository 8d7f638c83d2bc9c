/** Milliseconds with one decimal place. */
export const ms = (value: number): string => value.toFixed(1);

/** Seconds of milliseconds, with one decimal place. */
export const seconds = (valueMs: number): string => (valueMs / 1_000).toFixed(1);

/** Processor milliseconds with two decimal places. */
export const cpu = (value: number): string => value.toFixed(2);

/** Megabytes (1,000,000 bytes) of bytes. */
export const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);

/** A whole number with separators. */
export const count = (value: number): string =>
  value.toLocaleString("en-US", { maximumFractionDigits: 0 });
