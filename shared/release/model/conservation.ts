import type { DeviceState } from "./deviceStatus.ts";

/** The number of devices in each state. Their sum is `targeted`. */
export type StateCounts = Readonly<Record<DeviceState, number>> & { readonly targeted: number };

/** A device of a release. */
export interface CountedDevice {
  readonly device: string;
  readonly wave: number | undefined;
  readonly state: DeviceState;
}

/** The devices of a release by state: in total, and of each wave. */
export interface Conservation {
  readonly total: StateCounts;
  readonly waves: readonly StateCounts[];
  /** Devices that were enrolled, and of which no row exists. Zero unless rows were lost. */
  readonly missing: number;
}

const none: StateCounts = {
  targeted: 0,
  current: 0,
  held: 0,
  waiting: 0,
  downloading: 0,
  installed: 0,
  failed: 0,
  excluded: 0,
};

/**
 * Counts the devices of a release by id: targeted = current + held + waiting + downloading +
 * installed + failed + excluded, in total and for each wave. `enrolled` is the number of devices
 * that were enrolled, once that is known.
 */
export const countDevices = (
  devices: readonly CountedDevice[],
  { waves, enrolled }: { waves: number; enrolled: number | undefined },
): Conservation => {
  const byId = new Map(devices.map((one) => [one.device, one]));
  const total = { ...none };
  const ofWaves = Array.from({ length: waves }, () => ({ ...none }));
  for (const { wave, state } of byId.values()) {
    for (const counts of [total, wave === undefined ? undefined : ofWaves[wave]]) {
      if (counts === undefined) continue;
      counts[state] += 1;
      counts.targeted += 1;
    }
  }
  return { total, waves: ofWaves, missing: Math.max(0, (enrolled ?? byId.size) - byId.size) };
};
