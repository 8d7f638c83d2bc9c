import type { Log } from "../../platform/log.ts";
import { rateLimitedLog } from "../../platform/rateLimitedLog.ts";
import { tokenBucket } from "../../platform/tokenBucket.ts";

/** How many clients may connect in a second, all together. */
export interface ConnectRateLimiter {
  /** Whether one more may connect now. */
  tryAcquire(): boolean;
  readonly perSecond: number;
  /** How many were turned away since the start. */
  readonly refused: number;
  set(perSecond: number): void;
}

/**
 * IoT Core's quota of CONNECT requests, as a bucket that holds what one second brings. Here it counts connections as they
 * come, before the handshake: IoT Core has room for the handshakes of a whole herd, and one machine has not.
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */
export const createConnectRateLimiter = (
  perSecond: number,
  now: () => number,
  log: Log,
): ConnectRateLimiter => {
  const herd = rateLimitedLog(log);
  const bucketOf = (rate: number) => tokenBucket({ perSecond: rate, burst: rate, now });
  let mayPass = bucketOf(perSecond);
  let rate = perSecond;
  let refused = 0;
  return {
    tryAcquire() {
      if (mayPass()) return true;
      refused += 1;
      herd("clients are refused", { reason: "more connect than may in a second" });
      return false;
    },
    get perSecond() {
      return rate;
    },
    get refused() {
      return refused;
    },
    set(next) {
      rate = next;
      mayPass = bucketOf(next);
    },
  };
};
