import * as z from "zod/mini";
import { deviceIdPattern } from "../platform/topic.ts";

/** That a device was heard: it published an event. */
export const deviceActivity = z.object({
  device: z.string().check(z.regex(deviceIdPattern)),
  /** The fleet that it published in. */
  fleet: z.string().check(z.minLength(1)),
  /** When the broker took what it published, in milliseconds since 1970. */
  at: z.int().check(z.nonnegative()),
});

export type DeviceActivity = z.output<typeof deviceActivity>;

/** One for each device: the latest. */
export const latestActivity = (all: Iterable<DeviceActivity>): DeviceActivity[] => {
  const latest = new Map<string, DeviceActivity>();
  for (const one of all) {
    const before = latest.get(one.device);
    if (before === undefined || before.at < one.at) latest.set(one.device, one);
  }
  return [...latest.values()];
};
