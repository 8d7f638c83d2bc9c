/** Both clocks are rounded: a smaller difference is not a step. */
const roundingMs = 1_000;
/** Interval of the comparison with the system clock: to read a clock is not cheap. */
const compareEveryMs = 1_000;

const origin = performance.timeOrigin;
let stepMs = 0;
let comparedAt = Number.NEGATIVE_INFINITY;

/**
 * The time in ms since 1970 as it was at the start of this thread, plus the time since then. A step
 * of the system clock does not change it, so that a timeout neither ends early nor waits for hours.
 */
export const steadyNow = (): number => {
  const now = Math.floor(origin + performance.now());
  if (Math.abs(now - comparedAt) >= compareEveryMs) {
    const ms = Date.now() - now;
    stepMs = Math.abs(ms) > roundingMs ? ms : 0;
    comparedAt = now;
  }
  return now;
};

/** The time of the system clock at a steady time. A step is known after a second. */
export const systemTimeOf = (steadyTime: number): number => steadyTime + stepMs;

/** The steady time at a time of the system clock. */
export const steadyTimeOf = (systemTime: number): number => systemTime - stepMs;
