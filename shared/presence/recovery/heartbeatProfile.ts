import * as z from "zod/mini";
import {
  heartbeatMsMin,
  overdueFactor,
  profileLearnMs,
  profilePeriodMs,
  profileShards,
  silentMsMin,
  wakeSlackMs,
} from "./limits.ts";

const time = z.int().check(z.nonnegative());

/** The expected interval between activities of a device in one region. Times in milliseconds. */
export const heartbeatProfile = z.object({
  device: z.string(),
  /** The first and the last activity. */
  first: time,
  last: time,
  /**
   * The start of this period of `profilePeriodMs`, the longest pause in it, and in the period
   * before.
   */
  period: time,
  longest: time,
  before: time,
  /** The wake interval in the device's hello, and the time at which it was read. */
  wake: z.optional(time),
  wakeReadAt: z.optional(time),
  /** The time at which it was found silent, and the number of checks since its last activity. */
  silentAt: z.optional(time),
  looks: z.optional(z.int()),
});

export type HeartbeatProfile = z.output<typeof heartbeatProfile>;

/**
 * The profile after an activity at `at`. Idempotent: an activity that is not later than the last
 * one changes nothing. The profile keeps the longest pause of the last one to two periods, not a
 * mean: a device that is busy by day and asleep by night has the pause of a night.
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
  // A burst counts as one activity.
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

/**
 * The time at which a device without activity since `last` is overdue; infinity while the profile
 * is too young.
 */
export const overdueAt = ({ first, last, longest, before, wake }: HeartbeatProfile): number => {
  const pause = Math.max(longest, before);
  if (wake !== undefined && wake > 0) {
    // Missed heartbeats extend the interval, an outage does not.
    const patient = Math.min(Math.max(wake, pause), overdueFactor * wake);
    return last + Math.max(overdueFactor * patient, wake + wakeSlackMs);
  }
  if (last - first < profileLearnMs) return Number.POSITIVE_INFINITY;
  return last + Math.max(overdueFactor * pause, silentMsMin);
};

/**
 * The time of a device's next check: when it is overdue, then after twice the time each
 * (exponential backoff).
 */
export const nextCheckAt = (known: HeartbeatProfile): number =>
  known.last + (overdueAt(known) - known.last) * 2 ** (known.looks ?? 0);

/** The shard of a device: by its id, so that every shard has devices of every fleet. */
export const shardOf = (device: string): number =>
  Number.parseInt(device.slice(-4), 16) % profileShards;

/** An update of profiles that takes several runs: the objects with activity, and the next shard. */
export interface ProfileRound {
  readonly keys: readonly string[];
  readonly shard: number;
}

/** The heartbeat profiles of this region. One writer at a time. */
export interface HeartbeatProfiles {
  /** The round in progress, if any. */
  round(): Promise<ProfileRound | undefined>;
  putRound(round: ProfileRound | undefined): Promise<void>;
  read(shard: number): Promise<HeartbeatProfile[]>;
  write(shard: number, profiles: readonly HeartbeatProfile[]): Promise<void>;
}
