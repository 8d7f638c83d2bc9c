import type { Log } from "./log.ts";

const everyMs = 10_000;

/**
 * A log for events that clients can cause at any rate: at most one line in 10 seconds, with the
 * number of suppressed lines.
 */
export const rateLimitedLog = (log: Log, now = () => performance.now()): Log => {
  let loggedAt = Number.NEGATIVE_INFINITY;
  let suppressed = 0;
  return (message, fields, level) => {
    if (now() - loggedAt < everyMs) {
      suppressed += 1;
      return;
    }
    log(message, { ...fields, ...(suppressed > 0 && { suppressed }) }, level);
    loggedAt = now();
    suppressed = 0;
  };
};
