import { Failure } from "../../platform/failure.ts";
import type { Device } from "../device.ts";
import { groupsPerDeviceMax } from "./limits.ts";

/** A change of the groups of a device: all of them, or only some. */
export type GroupEdit =
  | { readonly set: readonly string[] }
  | { readonly add: readonly string[]; readonly remove: readonly string[] };

/**
 * The groups of a device after a change, sorted, each once. Fails with `limit_reached` if they are
 * more than `groupsPerDeviceMax`.
 */
export const editGroups = (
  { id, groups = [] }: Pick<Device, "id" | "groups">,
  edit: GroupEdit,
): string[] => {
  const kept = "set" in edit ? edit.set : groups.filter((name) => !edit.remove.includes(name));
  const added = "set" in edit ? [] : edit.add;
  const edited = [...new Set([...kept, ...added])].toSorted();
  if (edited.length > Math.max(groupsPerDeviceMax, groups.length)) {
    throw new Failure(
      `a device is in at most ${groupsPerDeviceMax} groups: ${id} would be in ${edited.length}`,
      { code: "limit_reached" },
    );
  }
  return edited;
};
