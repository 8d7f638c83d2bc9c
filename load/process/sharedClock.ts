const nsPerMs = 1e6;

/** Milliseconds of the monotonic clock, which all processes of a machine share. */
export const sharedNow = (): number => Number(process.hrtime.bigint()) / nsPerMs;

/** Converts a time of `sharedNow` to the time of `performance.now()` of this process. */
export const toOwnTime = (sharedMs: number): number => sharedMs - (sharedNow() - performance.now());
