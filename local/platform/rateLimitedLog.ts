import type { Log } from "./log.ts";

const everyMs = 10_000;

/**
 * A log for what somebody outside can cause as often as they like: one line in some seconds, with the
 * number of lines that were left out since the last.
 */
export const rateLimitedLog = (log: Log, now = () => performance.now()): Log => {
  let loggedAt = Number.NEGATIVE_INFINITY;
  let leftOut = 0;
  return (message, fields, level) => {
    if (now() - loggedAt < everyMs) {
      leftOut += 1;
      return;
    }
    log(message, { ...fields, ...(leftOut > 0 && { leftOut }) }, level);
    loggedAt = now();
    leftOut = 0;
  };
};
