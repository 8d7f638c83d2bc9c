import * as z from "zod/mini";
import { deviceIdPattern } from "../platform/topic.ts";

/** The activity of a device: it published an event. */
export const deviceActivity = z.object({
  device: z.string().check(z.regex(deviceIdPattern)),
  /** The fleet of the event. */
  fleet: z.string().check(z.minLength(1)),
  /** The time at which the broker received the event, in milliseconds since 1970. */
  at: z.int().check(z.nonnegative()),
});

export type DeviceActivity = z.output<typeof deviceActivity>;

/** The latest activity of each device. */
export const latestActivity = (all: Iterable<DeviceActivity>): DeviceActivity[] => {
  const latest = new Map<string, DeviceActivity>();
  for (const one of all) {
    const before = latest.get(one.device);
    if (before === undefined || before.at < one.at) latest.set(one.device, one);
  }
  return [...latest.values()];
};

/**
 * Activity of devices: workers add an object every few seconds, and `watch` reads and removes them.
 */
export interface DeviceActivityStore {
  /** Adds an object with at most one entry for each device. */
  add(activity: readonly DeviceActivity[], now: number): Promise<void>;
  /** The keys of the oldest objects, at most `max`. A device may be in several. */
  list(max: number): Promise<string[]>;
  read(key: string): Promise<DeviceActivity[]>;
  /** Idempotent. */
  remove(keys: readonly string[]): Promise<void>;
}
