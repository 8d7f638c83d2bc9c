import { jobSlowStartMs, jobSlowStartPart } from "./limits.ts";

/** How many deliveries a job makes in a second, after it was worked at for so long: few at first, then twice as many each time. */
export const jobRate = (perSecond: number, workedMs: number): number => {
  const doublings = Math.floor(workedMs / jobSlowStartMs);
  return Math.min(perSecond, Math.max(1, perSecond / jobSlowStartPart) * 2 ** doublings);
};

/** How long a job takes for so many deliveries, in seconds. */
export const jobSeconds = (count: number, perSecond: number, workedMs = 0): number => {
  const stepSeconds = jobSlowStartMs / 1_000;
  let left = count;
  let seconds = 0;
  for (let worked = workedMs; left > 0; worked += jobSlowStartMs) {
    const rate = jobRate(perSecond, worked);
    if (rate === perSecond) return Math.ceil(seconds + left / rate);
    seconds += Math.min(stepSeconds, left / rate);
    left -= rate * stepSeconds;
  }
  return Math.ceil(seconds);
};
