import type { Device, Devices } from "../device/device.ts";
import { fleetPages } from "../device/group/fleetPages.ts";
import { productDevicesReadMax } from "../presence/limits.ts";
import { readStates } from "../presence/list/matchesList.ts";
import type { Sessions } from "../presence/session.ts";
import { versionOf } from "./model/exclusionOf.ts";
import { type ReleasedVersion, targetVersion } from "./targetVersion.ts";

/** What a firmware version is released to after a change. */
export interface AssignmentChange {
  readonly version: number;
  /** All of its groups. */
  readonly groups: readonly string[];
  /** Whether it is the default of the product; absent: as before. */
  readonly isDefault?: boolean | undefined;
}

/** The devices that a change of assignments would update. */
export interface Impact {
  readonly total: number;
  /** By the version that they would install. */
  readonly byVersion: ReadonlyMap<number, number>;
  /** By the version that they run; `null` if it is unknown or not a number. */
  readonly byRunning: ReadonlyMap<number | null, number>;
  /** There are more devices than were read. */
  readonly isPartial: boolean;
}

/** The versions of a product after a change: a group and the product have one version each. */
const changed = (
  versions: readonly ReleasedVersion[],
  { version, groups, isDefault }: AssignmentChange,
): ReleasedVersion[] =>
  versions.map((each) => {
    if (each.version === version) {
      return { ...each, released: true, groups, isDefault: isDefault ?? each.isDefault };
    }
    const kept = each.groups.filter((name) => !groups.includes(name));
    return { ...each, groups: kept, isDefault: isDefault === true ? false : each.isDefault };
  });

/**
 * Counts the devices of a product that a change of assignments would update: those with another
 * version afterwards than before that do not run it. Reads the first `productDevicesReadMax`
 * devices and their stored sessions.
 */
export const impactOf = async (
  change: AssignmentChange,
  { fleet, versions }: { readonly fleet: string; readonly versions: readonly ReleasedVersion[] },
  {
    devices,
    sessions,
  }: { devices: Pick<Devices, "pageOfFleet">; sessions: Pick<Sessions, "list"> },
): Promise<Impact> => {
  const after = changed(versions, change);
  const byVersion = new Map<number, number>();
  const byRunning = new Map<number | null, number>();
  const target = (device: Device): number | undefined => {
    const next = targetVersion(device, after);
    return next === targetVersion(device, versions) ? undefined : next;
  };
  let read = 0;
  let total = 0;
  for await (const page of fleetPages(fleet, devices, productDevicesReadMax + 1)) {
    read += page.length;
    // Most devices have the same version before and after: their sessions are not read.
    const moved = page.filter((device) => target(device) !== undefined);
    for (const { device, hello } of await readStates(moved, { sessions })) {
      const next = target(device);
      const running = versionOf(hello?.firmware);
      if (next === undefined || next === running) continue;
      total += 1;
      byVersion.set(next, (byVersion.get(next) ?? 0) + 1);
      byRunning.set(running ?? null, (byRunning.get(running ?? null) ?? 0) + 1);
    }
  }
  return { total, byVersion, byRunning, isPartial: read > productDevicesReadMax };
};
