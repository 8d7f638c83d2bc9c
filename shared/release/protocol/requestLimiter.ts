import { BoundedMap } from "../../platform/boundedMap.ts";
import { requestingDevicesMax } from "./limits.ts";

/** Returns whether a further message of a device is handled now. */
export type RequestLimiter = (device: string, now: number) => boolean;

/**
 * Limits the messages of each device by a token bucket of this worker, without a read: a device in
 * a loop costs nothing but its messages. A device that is forgotten has a full bucket.
 */
export const requestLimiter = ({
  burst,
  perSecond,
}: {
  readonly burst: number;
  readonly perSecond: number;
}): RequestLimiter => {
  const buckets = new BoundedMap<string, { readonly left: number; readonly at: number }>(
    requestingDevicesMax,
  );
  return (device, now) => {
    const { left, at } = buckets.get(device) ?? { left: burst, at: now };
    const gained = (Math.max(0, now - at) / 1_000) * perSecond;
    const available = Math.min(burst, left + gained);
    const isAllowed = available >= 1;
    buckets.set(device, { left: isAllowed ? available - 1 : available, at: now });
    return isAllowed;
  };
};
