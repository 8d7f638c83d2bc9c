import * as z from "zod/mini";
import {
  slowStartPerSecond,
  slowStartPerSecondMax,
  slowStartRampSeconds,
  slowStartStepSecondsMax,
  slowStartStepSecondsMin,
} from "./limits.ts";

const time = z.number().check(z.nonnegative());

/** The end of an outage of a target, in milliseconds. */
export const recovery = z.object({
  /** When an attempt succeeded again, since 1970. */
  recoveredAt: time,
  /** How long the target had failed. */
  outageMs: time,
});

export type Recovery = z.output<typeof recovery>;

/** Returns the second that contains a time, in seconds since 1970. */
export const secondOf = (ms: number): number => Math.floor(ms / 1_000);

/**
 * Returns how many attempts a region may make at a recovered target within a second, or `undefined`
 * if the slow start is over.
 *
 * One attempt in the first second, twice as many in each further one, then `slowStartPerSecond`.
 * This rate doubles in steps that are twice as long as the outage, within limits, because the
 * backlog grows with the outage. The slow start is over when the rate exceeds
 * `slowStartPerSecondMax`.
 */
export const slowStartRate = (
  { recoveredAt, outageMs }: Recovery,
  second: number,
): number | undefined => {
  const passed = Math.max(0, second - secondOf(recoveredAt));
  if (passed < slowStartRampSeconds) return Math.min(2 ** passed, slowStartPerSecond);
  const stepSeconds = Math.min(
    Math.max(Math.ceil((2 * outageMs) / 1_000), slowStartStepSecondsMin),
    slowStartStepSecondsMax,
  );
  const steps = Math.floor((passed - slowStartRampSeconds) / stepSeconds);
  const rate = slowStartPerSecond * 2 ** steps;
  return rate > slowStartPerSecondMax ? undefined : rate;
};
