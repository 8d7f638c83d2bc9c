import { Failure } from "../../platform/failure.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { Device, Devices } from "../device.ts";
import { editGroups, type GroupEdit } from "./editGroups.ts";
import { fleetPages } from "./fleetPages.ts";
import { devicesGroupedAtOnceMax, memberEditAttemptsMax, memberEditMs } from "./limits.ts";

/** The dependencies of `editMembers`. */
export interface EditMembersDeps {
  readonly devices: Pick<Devices, "find" | "pageOfFleet" | "replace">;
  readonly now: () => number;
}

/**
 * Changes the groups of every device of a group. Fails with `conflict` after `memberEditMs`: the
 * devices so far are changed, and a repeat continues.
 */
export const editMembers = async (
  { product: { fleet }, name }: { product: { readonly fleet: string }; name: string },
  edit: GroupEdit,
  deps: EditMembersDeps,
): Promise<void> => {
  const until = deps.now() + memberEditMs;
  for await (const page of fleetPages(fleet, deps.devices)) {
    requireTime(until, deps);
    const members = page.filter(({ groups = [] }) => groups.includes(name));
    await mapConcurrently(members, devicesGroupedAtOnceMax, async (device) => {
      requireTime(until, deps);
      await editDeviceGroups(device, edit, deps);
    });
  }
};

const requireTime = (until: number, { now }: Pick<EditMembersDeps, "now">): void => {
  if (now() < until) return;
  throw new Failure(
    "The product has more devices than one request can change. Repeat the request to continue.",
    { code: "conflict" },
  );
};

/**
 * Changes the groups of a device. Concurrent changes of the device are kept. A device that has left
 * the fleet meanwhile stays as it is. Fails with `limit_reached` and `conflict`.
 */
export const editDeviceGroups = async (
  device: Device,
  edit: GroupEdit,
  { devices, now }: { devices: Pick<Devices, "find" | "replace">; now: () => number },
): Promise<void> => {
  let before: Device | undefined = device;
  for (let tries = 1; before?.fleet === device.fleet; tries += 1) {
    const edited = editGroups(before, edit);
    const { groups = [], ...rest } = before;
    if (edited.join() === groups.join()) return;
    const updatedAt = new Date(now()).toISOString();
    const after = { ...rest, ...(edited.length > 0 && { groups: edited }), updatedAt };
    try {
      await devices.replace(after, before);
      return;
    } catch (error) {
      const isChanged = error instanceof Failure && error.code === "conflict";
      if (!isChanged || tries === memberEditAttemptsMax) throw error;
      before = await devices.find(device.id);
    }
  }
};
