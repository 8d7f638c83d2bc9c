import {
  type HeartbeatProfile,
  type HeartbeatProfiles,
  overdueAt,
  shardOf,
} from "./heartbeatProfile.ts";

/** What a region expects of a device. Times in milliseconds since 1970. */
export interface Heartbeat {
  readonly profile: HeartbeatProfile;
  /** The longest pause that the profile keeps, in milliseconds. */
  readonly longestPause: number;
  /** When the device is overdue; `undefined` while the profile is too young. */
  readonly expectedBy: number | undefined;
  /** Since when the device is known to be silent. */
  readonly silentSince: number | undefined;
}

/**
 * The heartbeat profile of a device in this region; `undefined` if the device was never heard here.
 * A run of the detection every minute renews it.
 */
export const findProfile = async (
  device: string,
  { profiles }: { profiles: Pick<HeartbeatProfiles, "read"> },
): Promise<Heartbeat | undefined> => {
  const all = await profiles.read(shardOf(device));
  const profile = all.find((each) => each.device === device);
  if (profile === undefined) return undefined;
  const { longest, before, silentAt, last } = profile;
  const expectedBy = overdueAt(profile);
  return {
    profile,
    longestPause: Math.max(longest, before),
    expectedBy: Number.isFinite(expectedBy) ? expectedBy : undefined,
    // A device that was heard since is not silent any more.
    silentSince: silentAt !== undefined && silentAt > last ? silentAt : undefined,
  };
};
