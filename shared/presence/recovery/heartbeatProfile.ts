import * as z from "zod/mini";
import type { DeviceActivity } from "../../device/deviceActivity.ts";
import {
  heartbeatMsMin,
  overdueFactor,
  profileLearnMs,
  profilePeriodMs,
  silentMsMin,
  wakeSlackMs,
} from "./limits.ts";

const time = z.int().check(z.nonnegative());

/** What is known of how often a device is heard in one region. Times in milliseconds. */
export const heartbeatProfile = z.object({
  device: z.string(),
  /** Since when it is followed, and when it was last heard. */
  first: time,
  last: time,
  /** When this period of `profilePeriodMs` began, the longest pause in it, and in the one before. */
  period: time,
  longest: time,
  before: time,
  /** The wake interval that it announced by hello, and when that was looked up. */
  wake: z.optional(time),
  wakeReadAt: z.optional(time),
  /** Since when it is known to be silent, how often it was looked up since it was last heard. */
  silentAt: z.optional(time),
  looks: z.optional(z.int()),
});

export type HeartbeatProfile = z.output<typeof heartbeatProfile>;

/**
 * The rhythm after a device was heard. What is not later than what is known changes nothing, so it may be learned again
 * and again. Its longest pause of the last one to two periods is remembered, not a mean: a device that is busy by day and
 * asleep by night has a rhythm of nights.
 */
export const updateProfile = (
  known: HeartbeatProfile | undefined,
  device: string,
  at: number,
): HeartbeatProfile => {
  if (known === undefined) {
    return { device, first: at, last: at, period: at, longest: 0, before: 0 };
  }
  if (at <= known.last) return known;
  const { looks: _, ...rest } = known;
  const pause = at - known.last;
  const periods = Math.floor((at - known.period) / profilePeriodMs);
  // A burst is one sign of life.
  const counted = pause < heartbeatMsMin ? 0 : pause;
  if (periods === 0) return { ...rest, last: at, longest: Math.max(known.longest, counted) };
  return {
    ...rest,
    last: at,
    period: known.period + periods * profilePeriodMs,
    longest: counted,
    before: periods === 1 ? known.longest : 0,
  };
};

/** When a device that has not been heard since `last` is overdue; never while its rhythm is not known. */
export const overdueAt = ({ first, last, longest, before, wake }: HeartbeatProfile): number => {
  const pause = Math.max(longest, before);
  if (wake !== undefined && wake > 0) {
    // Beats that were missed make it more patient, but an outage does not.
    const patient = Math.min(Math.max(wake, pause), overdueFactor * wake);
    return last + Math.max(overdueFactor * patient, wake + wakeSlackMs);
  }
  if (last - first < profileLearnMs) return Number.POSITIVE_INFINITY;
  return last + Math.max(overdueFactor * pause, silentMsMin);
};

/** When a device is to be looked up next: when it is overdue, and then after twice as long each time. */
export const nextCheckAt = (known: HeartbeatProfile): number =>
  known.last + (overdueAt(known) - known.last) * 2 ** (known.looks ?? 0);

/** What is being learned in several runs, because there are too many devices for one: from which objects, and which shard is next. */
export interface ProfileRound {
  readonly keys: readonly string[];
  readonly shard: number;
}

/** The rhythms of devices that were heard in this region. One writer at a time. */
export interface HeartbeatProfiles {
  /** The round that is under way, if one is. */
  round(): Promise<ProfileRound | undefined>;
  putRound(round: ProfileRound | undefined): Promise<void>;
  read(shard: number): Promise<HeartbeatProfile[]>;
  write(shard: number, profiles: readonly HeartbeatProfile[]): Promise<void>;
}

/** Which devices published something, and when: written down every few seconds, for whoever reads and removes it. */
export interface DeviceActivityStore {
  /** At most one for each device. */
  add(activity: readonly DeviceActivity[], now: number): Promise<void>;
  /** The oldest ones, up to `max`. A device may be in several. */
  list(max: number): Promise<string[]>;
  read(key: string): Promise<DeviceActivity[]>;
  /** Those that are not there any more count as removed. */
  remove(keys: readonly string[]): Promise<void>;
}
