import type { Log } from "../../log.ts";
import { seldomLog } from "../../seldomLog.ts";
import { tokenBucket } from "../../tokenBucket.ts";

/** How many clients may connect in a second, all together. */
export interface Admission {
  /** Whether one more may connect now. */
  admit(): boolean;
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
export const openAdmission = (perSecond: number, now: () => number, log: Log): Admission => {
  const herd = seldomLog(log);
  const bucketOf = (rate: number) => tokenBucket({ perSecond: rate, burst: rate, now });
  let mayPass = bucketOf(perSecond);
  let rate = perSecond;
  let refused = 0;
  return {
    admit() {
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
