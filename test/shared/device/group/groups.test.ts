import { describe, expect, it } from "vitest";
import type { Device, Devices } from "#shared/device/device.ts";
import { assignGroups } from "#shared/device/group/assignGroups.ts";
import { groupsPerProductMax, memberEditMs } from "#shared/device/group/limits.ts";
import {
  addGroup,
  addMissingGroups,
  changeGroup,
  countMembers,
  listGroups,
  removeGroup,
} from "#shared/device/group/manageGroups.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryGroups } from "../../../memory/device/groups.ts";
import { stoppedClock } from "../../../memory/samples.ts";

const product = { id: 1, fleet: "p1" };
const idOf = (n: number): string => n.toString(16).padStart(24, "0");

const device = (n: number, more: Partial<Device> = {}): Device => ({
  id: idOf(n),
  fleet: "p1",
  product: 1,
  createdAt: "2026",
  ...more,
});

const world = (...given: Device[]) => {
  const clock = stoppedClock();
  const devices = memoryDevices(given);
  const groups = memoryGroups();
  const groupsOf = async (n: number) => (await devices.find(idOf(n)))?.groups;
  return { clock, devices, groups, groupsOf, now: clock.now };
};

const names = async ({ groups }: ReturnType<typeof world>) =>
  (await groups.list(1)).map(({ name }) => name);

describe("the groups of a product", () => {
  it("are listed by a part of their names", async () => {
    const deps = world();
    for (const name of ["beta", "staff", "alphabet"]) await addGroup(1, { name }, deps);
    const found = await listGroups(1, "BET", deps);
    expect(found.map(({ name }) => name)).toEqual(["alphabet", "beta"]);
    await expect(addGroup(1, { name: "beta" }, deps)).rejects.toMatchObject({
      code: "already_exists",
    });
  });

  it("are bounded, also when an assignment creates them", async () => {
    const deps = world();
    const many = Array.from({ length: groupsPerProductMax - 1 }, (_, i) => `g${i}`);
    await addMissingGroups(1, many, deps);
    const tooMany = addMissingGroups(1, ["g0", "x", "y"], deps);
    await expect(tooMany).rejects.toMatchObject({ code: "limit_reached" });
    expect(await names(deps)).toHaveLength(groupsPerProductMax - 1);
    await addGroup(1, { name: "last" }, deps);
    await expect(addGroup(1, { name: "more" }, deps)).rejects.toMatchObject({
      code: "limit_reached",
    });
  });

  it("keep what a change does not name, and lose an empty description", async () => {
    const deps = world();
    await addGroup(1, { name: "beta", description: "d", color: "red" }, deps);
    const target = { product, name: "beta" };
    const changed = await changeGroup(target, { description: "" }, deps);
    expect(changed).toMatchObject({ name: "beta", color: "red" });
    expect(await deps.groups.find(1, "beta")).toEqual(changed);
    expect(changed).not.toHaveProperty("description");
    const unknown = changeGroup({ product, name: "x" }, { color: "red" }, deps);
    await expect(unknown).rejects.toMatchObject({ code: "not_found" });
  });

  it("are removed with their memberships, and count their devices", async () => {
    const others = { groups: ["beta", "staff"] };
    const deps = world(device(1, others), device(2), device(3, { ...others, fleet: "p2" }));
    for (const name of ["beta", "staff"]) await addGroup(1, { name }, deps);
    expect(await countMembers({ product, name: "beta" }, deps)).toBe(1);
    await removeGroup({ product, name: "beta" }, deps);
    expect([await deps.groupsOf(1), await deps.groupsOf(3)]).toEqual([
      ["staff"],
      ["beta", "staff"],
    ]);
    expect(await names(deps)).toEqual(["staff"]);
    await removeGroup({ product, name: "staff" }, deps);
    expect(await deps.devices.find(idOf(1))).not.toHaveProperty("groups");
  });
});

describe("a group with a new name", () => {
  it("moves its devices", async () => {
    const deps = world(device(1, { groups: ["beta", "staff"] }), device(2, { groups: ["staff"] }));
    await addGroup(1, { name: "beta", description: "d" }, deps);
    const renamed = await changeGroup({ product, name: "beta" }, { name: "zeta" }, deps);
    expect(renamed).toMatchObject({ name: "zeta", description: "d" });
    expect(await deps.groupsOf(1)).toEqual(["staff", "zeta"]);
    expect(await deps.groups.list(1)).toEqual([renamed]);
  });

  it("does not take the name of another group", async () => {
    const deps = world(device(1, { groups: ["beta"] }));
    for (const name of ["beta", "staff"]) await addGroup(1, { name }, deps);
    const taken = changeGroup({ product, name: "beta" }, { name: "staff" }, deps);
    await expect(taken).rejects.toMatchObject({ code: "already_exists" });
    expect(await deps.groupsOf(1)).toEqual(["beta"]);
  });

  it("continues when the request is repeated after a crash at any write", async () => {
    const rename = { name: "zeta" };
    for (let failing = 0; failing < 5; failing += 1) {
      const deps = world(device(1, { groups: ["beta"] }), device(2, { groups: ["beta"] }));
      await addGroup(1, { name: "beta" }, deps);
      let writes = 0;
      const crash = <Args extends unknown[], Result>(write: (...args: Args) => Promise<Result>) => {
        return async (...args: Args): Promise<Result> => {
          if (writes++ === failing) throw new Error("crash");
          return write(...args);
        };
      };
      const crashing = {
        ...deps,
        groups: {
          ...deps.groups,
          add: crash(deps.groups.add),
          remove: crash(deps.groups.remove),
          replace: crash(deps.groups.replace),
        },
        devices: { ...deps.devices, replace: crash(deps.devices.replace) },
      };
      const target = { product, name: "beta" };
      await expect(changeGroup(target, rename, crashing)).rejects.toThrow("crash");
      // Only the last write, which removes the former name from the row, may be missing.
      if (failing < 4) await changeGroup(target, rename, deps);
      expect([await deps.groupsOf(1), await deps.groupsOf(2)]).toEqual([["zeta"], ["zeta"]]);
      expect(await names(deps)).toEqual(["zeta"]);
    }
  });

  it("says that the request can be repeated when it runs out of time", async () => {
    const deps = world(device(1, { groups: ["beta"] }), device(2, { groups: ["beta"] }));
    await addGroup(1, { name: "beta" }, deps);
    const replace: Devices["replace"] = async (...given) => {
      deps.clock.ms += memberEditMs;
      return deps.devices.replace(...given);
    };
    const slow = { ...deps, devices: { ...deps.devices, replace } };
    const target = { product, name: "beta" };
    await expect(removeGroup(target, slow)).rejects.toMatchObject({ code: "conflict" });
    expect(await names(deps)).toEqual(["beta"]);
    await removeGroup(target, deps);
    expect(await countMembers(target, deps)).toBe(0);
  });
});

describe("an assignment of groups to several devices", () => {
  it("adds and removes groups, creates unknown ones, and changes each device once", async () => {
    const deps = world(device(1, { groups: ["old"] }), device(2), device(3, { groups: ["new"] }));
    const given = [1, 2, 3, 1].map(idOf).map((id) => id.toUpperCase());
    const wanted = { devices: given, add: ["new"], remove: ["old", "unknown"] };
    expect(await assignGroups(wanted, product, deps)).toBe(3);
    for (const n of [1, 2, 3]) expect(await deps.groupsOf(n)).toEqual(["new"]);
    expect(await names(deps)).toEqual(["new"]);
    expect((await deps.devices.find(idOf(3)))?.revision).toBeUndefined();
  });

  it.each([
    ["a device of another product", [idOf(1), idOf(9)], "not_found", idOf(9)],
    ["an unknown device", [idOf(1), idOf(8)], "not_found", idOf(8)],
    ["text that is no id", [idOf(1), "lamp"], "not_found", "lamp"],
    ["a device with too many groups", [idOf(1), idOf(2)], "limit_reached", idOf(2)],
  ])("changes nothing with %s", async (_, devices, code, named) => {
    const ten = Array.from({ length: 10 }, (_, i) => `g${i}`);
    const deps = world(device(1), device(2, { groups: ten }), device(9, { fleet: "p2" }));
    const assigned = assignGroups({ devices, add: ["new"], remove: [] }, product, deps);
    await expect(assigned).rejects.toMatchObject({ code });
    await expect(assigned).rejects.toThrow(named);
    expect([await deps.groupsOf(1), await names(deps)]).toEqual([undefined, []]);
  });

  it.each([
    { add: [], remove: [] },
    { add: ["a", "b"], remove: ["b"] },
  ])("refuses %o", async (edit) => {
    const deps = world(device(1));
    const assigned = assignGroups({ devices: [idOf(1)], ...edit }, product, deps);
    await expect(assigned).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("keeps other changes of a device that happen at the same time", async () => {
    const deps = world(device(1, { groups: ["a"] }));
    const findMany: Devices["findMany"] = async (ids) => {
      const found = await deps.devices.findMany(ids);
      const [row] = found;
      if (row) await deps.devices.replace({ ...row, notes: "n", groups: ["a", "b"] }, row);
      return found;
    };
    const racing = { ...deps, devices: { ...deps.devices, findMany } };
    await assignGroups({ devices: [idOf(1)], add: ["c"], remove: ["a"] }, product, racing);
    expect(await deps.devices.find(idOf(1))).toMatchObject({ notes: "n", groups: ["b", "c"] });
  });
});
