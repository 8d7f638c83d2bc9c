import type { Log } from "../../platform/log.ts";
import { rateLimitedLog } from "../../platform/rateLimitedLog.ts";
import { tokenBucket } from "../../platform/tokenBucket.ts";

/** Limits the rate of connections, over all clients. */
export interface ConnectRateLimiter {
  /** Whether another client may connect now. */
  tryAcquire(): boolean;
  readonly perSecond: number;
  /** Number of rejected connections since the start. */
  readonly rejected: number;
  set(perSecond: number): void;
}

/**
 * IoT Core's quota of CONNECT requests, as a token bucket that holds one second's worth. Here it
 * counts connections as they arrive, before the TLS handshake: IoT Core has capacity for the
 * handshakes of a mass reconnect, one machine has not.
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */
export const createConnectRateLimiter = (
  perSecond: number,
  now: () => number,
  log: Log,
): ConnectRateLimiter => {
  const rateLimited = rateLimitedLog(log);
  const bucketOf = (rate: number) => tokenBucket({ perSecond: rate, burst: rate, now });
  let bucket = bucketOf(perSecond);
  let rate = perSecond;
  let rejected = 0;
  return {
    tryAcquire() {
      if (bucket()) return true;
      rejected += 1;
      rateLimited("connections rejected", { reason: "connect rate exceeded" });
      return false;
    },
    get perSecond() {
      return rate;
    },
    get rejected() {
      return rejected;
    },
    set(next) {
      rate = next;
      bucket = bucketOf(next);
    },
  };
};
