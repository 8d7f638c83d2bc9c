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
 * IoT Core's quota of CONNECT requests, as a bucket that holds what one second brings.
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */
export const openAdmission = (perSecond: number, now: () => number): Admission => {
  const bucketOf = (rate: number) => tokenBucket({ perSecond: rate, burst: rate, now });
  let mayPass = bucketOf(perSecond);
  let rate = perSecond;
  let refused = 0;
  return {
    admit() {
      if (mayPass()) return true;
      refused += 1;
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
