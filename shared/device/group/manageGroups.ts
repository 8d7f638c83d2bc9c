import { Failure } from "../../platform/failure.ts";
import type { Devices } from "../device.ts";
import { type EditMembersDeps, editMembers } from "./editMembers.ts";
import { fleetPages } from "./fleetPages.ts";
import type { Group, Groups } from "./group.ts";
import { groupsPerProductMax, membersReadMax } from "./limits.ts";

interface InProduct {
  readonly product: { readonly id: number; readonly fleet: string };
  readonly name: string;
}

interface Deps {
  readonly groups: Groups;
  readonly now: () => number;
}

/** The groups of a product by name; with `part`, those whose name contains it. */
export const listGroups = async (
  product: number,
  part: string,
  { groups }: { groups: Pick<Groups, "list"> },
): Promise<Group[]> => {
  const wanted = part.toLowerCase();
  return (await groups.list(product)).filter(({ name }) => name.includes(wanted));
};

/** Fails with `not_found`. */
export const findGroup = async (
  { product, name }: InProduct,
  { groups }: { groups: Pick<Groups, "find"> },
): Promise<Group> => {
  const found = await groups.find(product.id, name);
  if (found === undefined) throw new Failure("Group not found", { code: "not_found" });
  return found;
};

/** Fails with `already_exists` and `limit_reached`. */
export const addGroup = async (
  product: number,
  given: { name: string; description?: string | undefined; color?: string | undefined },
  { groups, now }: Deps,
): Promise<Group> => {
  await requireRoom(product, 1, { groups });
  const { name, description, color } = given;
  const group: Group = {
    product,
    name,
    ...(description && { description }),
    ...(color && { color }),
    createdAt: new Date(now()).toISOString(),
  };
  await groups.add(group);
  return group;
};

/**
 * Adds the groups that do not exist: assigning a device to an unknown group creates it, as at
 * Particle. Fails with `limit_reached`, and adds none then.
 */
export const addMissingGroups = async (
  product: number,
  names: readonly string[],
  { groups, now }: Deps,
): Promise<void> => {
  if (names.length === 0) return;
  const known = new Set((await groups.list(product)).map(({ name }) => name));
  const missing = [...new Set(names)].filter((name) => !known.has(name));
  if (missing.length === 0) return;
  if (known.size + missing.length > groupsPerProductMax) throw tooManyGroups();
  const createdAt = new Date(now()).toISOString();
  for (const name of missing) {
    try {
      await groups.add({ product, name, createdAt });
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "already_exists") throw error;
    }
  }
};

const requireRoom = async (
  product: number,
  more: number,
  { groups }: { groups: Pick<Groups, "list"> },
): Promise<void> => {
  const { length } = await groups.list(product);
  if (length + more > groupsPerProductMax) throw tooManyGroups();
};

const tooManyGroups = (): Failure =>
  new Failure(`a product has at most ${groupsPerProductMax} groups`, { code: "limit_reached" });

/**
 * Changes the description, the color or the name of a group. A new name moves all devices of the
 * group: a repeat continues a change that was interrupted. Fails with `not_found`,
 * `already_exists`, and `conflict` if there are more devices than one request can change.
 */
export const changeGroup = async (
  { product, name }: InProduct,
  change: {
    readonly name?: string | undefined;
    readonly description?: string | undefined;
    readonly color?: string | undefined;
  },
  deps: Deps & EditMembersDeps,
): Promise<Group> => {
  const { groups } = deps;
  const before = await findGroup({ product, name }, deps);
  const { description = before.description, color = before.color } = change;
  const { product: id, createdAt } = before;
  const after: Group = {
    product: id,
    name: change.name ?? name,
    ...(description && { description }),
    ...(color && { color }),
    createdAt,
  };
  if (after.name === name) {
    await groups.replace(after);
    return after;
  }
  await addRenamed({ ...after, renamedFrom: name }, deps);
  await editMembers({ product, name }, { add: [after.name], remove: [name] }, deps);
  await groups.remove(id, name);
  await groups.replace(after);
  return after;
};

/** A group with the new name is that of an earlier attempt if it has the former name. */
const addRenamed = async (renamed: Group, { groups }: Deps): Promise<void> => {
  const existing = await groups.find(renamed.product, renamed.name);
  if (existing === undefined) return groups.add(renamed);
  if (existing.renamedFrom === renamed.renamedFrom) return;
  throw new Failure(`there is a group ${renamed.name} already`, { code: "already_exists" });
};

/**
 * Removes a group: all its devices leave it, then the group is deleted. A repeat continues a
 * removal that was interrupted. Fails with `not_found`, and with `conflict` if there are more
 * devices than one request can change.
 */
export const removeGroup = async (
  { product, name }: InProduct,
  deps: Deps & EditMembersDeps,
): Promise<void> => {
  await findGroup({ product, name }, deps);
  await editMembers({ product, name }, { add: [], remove: [name] }, deps);
  await deps.groups.remove(product.id, name);
};

/**
 * The number of devices of a group. Reads the rows of the product's devices, at most
 * `membersReadMax`. Eventually consistent.
 */
export const countMembers = async (
  { product: { fleet }, name }: InProduct,
  { devices }: { devices: Pick<Devices, "pageOfFleet"> },
): Promise<number> => {
  let count = 0;
  for await (const page of fleetPages(fleet, devices, membersReadMax)) {
    count += page.filter(({ groups = [] }) => groups.includes(name)).length;
  }
  return count;
};
