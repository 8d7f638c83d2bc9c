import { validationFailure } from "../../input/readInput.ts";
import { Failure } from "../../platform/failure.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { deviceIdPattern } from "../../platform/topic.ts";
import type { Device, Devices } from "../device.ts";
import { editGroups } from "./editGroups.ts";
import { editDeviceGroups } from "./editMembers.ts";
import type { Groups } from "./group.ts";
import { devicesGroupedAtOnceMax } from "./limits.ts";
import { addMissingGroups } from "./manageGroups.ts";

interface Assignment {
  /** Ids of devices. */
  readonly devices: readonly string[];
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

interface Deps {
  readonly groups: Groups;
  readonly devices: Pick<Devices, "find" | "findMany" | "replace">;
  readonly now: () => number;
}

const idsShownMax = 5;

/**
 * Adds devices of a product to groups and removes them from others. Unknown groups in `add` are
 * created. Returns the number of the devices. Fails before any change with `not_found` for a device
 * that is not in the product, and with `limit_reached`. A repeat after another failure continues.
 */
export const assignGroups = async (
  { devices: given, add, remove }: Assignment,
  product: { readonly id: number; readonly fleet: string },
  deps: Deps,
): Promise<number> => {
  const both = add.filter((name) => remove.includes(name));
  if (both.length > 0) {
    throw validationFailure([`metadata: ${both.join(", ")} cannot be in both add and remove`]);
  }
  if (add.length + remove.length === 0) {
    throw validationFailure(["metadata: add or remove must contain a group"]);
  }
  const ids = [...new Set(given.map((id) => id.trim().toLowerCase()))];
  const members = await membersOf(ids, product.fleet, deps);
  for (const device of members) editGroups(device, { add, remove });
  await addMissingGroups(product.id, add, deps);
  await mapConcurrently(members, devicesGroupedAtOnceMax, (device) =>
    editDeviceGroups(device, { add, remove }, deps),
  );
  // Again: another request may have removed a group before the devices were in it.
  await addMissingGroups(product.id, add, deps);
  return members.length;
};

/** The devices with these ids, which all are in the fleet. Fails with `not_found`. */
const membersOf = async (
  ids: readonly string[],
  fleet: string,
  { devices }: Deps,
): Promise<Device[]> => {
  const valid = ids.filter((id) => deviceIdPattern.test(id));
  const known = new Map((await devices.findMany(valid)).map((device) => [device.id, device]));
  // A device that was added a moment ago may be missing: that read is eventually consistent.
  const unsure = valid.filter((id) => known.get(id)?.fleet !== fleet);
  const found = await mapConcurrently(unsure, devicesGroupedAtOnceMax, (id) => devices.find(id));
  for (const device of found) if (device !== undefined) known.set(device.id, device);
  const members = ids.flatMap((id) => {
    const device = known.get(id);
    return device?.fleet === fleet ? [device] : [];
  });
  const missing = ids.filter((id) => known.get(id)?.fleet !== fleet);
  if (missing.length === 0) return members;
  const more = missing.length > idsShownMax ? `, and ${missing.length - idsShownMax} more` : "";
  throw new Failure(
    `these devices are not in the product: ${missing.slice(0, idsShownMax).join(", ")}${more}. No device was changed.`,
    { code: "not_found" },
  );
};
