import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import type { Product } from "#shared/account/product/product.ts";
import type { Devices } from "#shared/device/device.ts";
import { assignGroups } from "#shared/device/group/assignGroups.ts";
import type { Groups } from "#shared/device/group/group.ts";
import {
  addGroup,
  changeGroup,
  countMembers,
  findGroup,
  listGroups,
  removeGroup,
} from "#shared/device/group/manageGroups.ts";
import { assignmentsOf, type FirmwareVersions } from "#shared/firmware/firmwareVersion.ts";
import { Failure } from "#shared/platform/failure.ts";
import type { Sessions } from "#shared/presence/session.ts";
import { impactOf } from "#shared/release/impact.ts";
import { releasedVersions } from "#shared/release/releasedVersions.ts";
import type { groupRoutes } from "#shared/routes/groupRoutes.ts";
import { groupView, impactView } from "../views/groupView.ts";
import type { Endpoints, signedIn } from "./api.ts";
import { noContent } from "./reply.ts";

interface Deps {
  readonly groups: Groups;
  readonly devices: Devices;
  readonly now: () => number;
  readonly sessions: Pick<Sessions, "list">;
  readonly versions: Pick<FirmwareVersions, "list">;
}

const productOf = ({ product }: Caller): Product => {
  if (product === undefined) throw new Failure("Product not found", { code: "not_found" });
  return product;
};

/** The endpoints of groups of devices. */
export const groupEndpoints = (
  withToken: ReturnType<typeof signedIn>,
  deps: Deps,
): Endpoints<typeof groupRoutes> => {
  /** The firmware version of each group. */
  const releasedTo = async (product: number) =>
    assignmentsOf(await deps.versions.list(product)).byGroup;
  return {
    listGroups: withToken(async ({ name }, caller) => {
      const { id } = productOf(caller);
      const [found, versions] = await Promise.all([listGroups(id, name, deps), releasedTo(id)]);
      return { groups: found.map((group) => groupView(group, versions.get(group.name))) };
    }),

    showGroup: withToken(async ({ group: name }, caller) => {
      const product = productOf(caller);
      const group = await findGroup({ product, name }, deps);
      const [versions, count] = await Promise.all([
        releasedTo(product.id),
        countMembers({ product, name }, deps),
      ]);
      return { group: { ...groupView(group, versions.get(name)), device_count: count } };
    }),

    createGroup: withToken(async (given, caller) => {
      const { id } = productOf(caller);
      const group = await addGroup(id, given, deps);
      const versions = await releasedTo(id);
      return { group: groupView(group, versions.get(group.name)) };
    }),

    changeGroup: withToken(async ({ group: name, ...change }, caller) => {
      const product = productOf(caller);
      const versions = await releasedTo(product.id);
      if (change.name !== undefined && change.name !== name && versions.has(name)) {
        throw new Failure(
          `Firmware is released to ${name}, and a release has the names of its groups. Release the firmware to a group ${change.name}, and move the devices to it.`,
          { code: "conflict" },
        );
      }
      const group = await changeGroup({ product, name }, change, deps);
      return { group: groupView(group, versions.get(group.name)) };
    }),

    removeGroup: withToken(async ({ group: name }, caller) => {
      await removeGroup({ product: productOf(caller), name }, deps);
      return noContent;
    }),

    assignGroups: withToken(async ({ devices, metadata: { add, remove } }, caller) => {
      const count = await assignGroups({ devices, add, remove }, productOf(caller), deps);
      return { ok: true, devices: count, added: add, removed: remove };
    }),

    showImpact: withToken(async ({ firmware_version: version, groups, ...given }, caller) => {
      const { id, fleet } = productOf(caller);
      const versions = releasedVersions(await deps.versions.list(id));
      if (!versions.some((each) => each.version === version)) {
        throw new Failure(`There is no firmware version ${version}`, { code: "not_found" });
      }
      const change = { version, groups, isDefault: given.product_default };
      return impactView(await impactOf(change, { fleet, versions }, deps));
    }),
  };
};
