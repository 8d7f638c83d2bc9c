import { describe, expect, it } from "vitest";
import { addDevice, deviceInput } from "#shared/device/addDevice.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { listDevices } from "#shared/device/listDevices.ts";
import { devicesPerFleetListedMax, presenceAskedAtOnceMax } from "#shared/limits.ts";
import { memoryAccounts } from "../../memory/accounts.ts";
import { memoryBroker } from "../../memory/broker.ts";
import { memoryDevices } from "../../memory/devices.ts";
import { memoryRegistry } from "../../memory/registry.ts";
import { fleet, someTime } from "../../memory/samples.ts";

const device = (i: number) => ({
  id: i.toString(16).padStart(24, "0"),
  fleet,
  name: `device-${i}`,
  owner: "a@b.c",
  createdAt: "2025",
});

const world = async (count = 0) => {
  const accounts = memoryAccounts();
  await accounts.addUser(
    { username: "a@b.c", passwordHash: "", fleet, createdAt: "" },
    { replace: false },
  );
  const devices = memoryDevices(Array.from({ length: count }, (_, i) => device(i)));
  return { accounts, devices, registry: memoryRegistry(), now: () => someTime };
};

const input = (name: string, username = "a@b.c") => deviceInput.parse({ name, username });

describe("adding a device", () => {
  it("makes a thing in the user's fleet, and answers its credentials, which are kept nowhere", async () => {
    const needs = await world();
    const added = await addDevice(input("lamp"), needs);
    expect(added).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      fleet,
      name: "lamp",
      owner: "a@b.c",
      createdAt: new Date(someTime).toISOString(),
      certificate: `certificate of ${added.id}`,
      privateKey: `key of ${added.id}`,
    });
    expect(needs.registry.things.get(added.id)).toBe(fleet);
    const { certificate: _, privateKey: __, ...kept } = added;
    expect(await needs.devices.list(fleet)).toEqual([kept]);
  });

  it.each([
    ["lamp", "nobody@b.c", "not_found", 0],
    ["Device-1", "a@b.c", "already_exists", 2],
    ["lamp", "a@b.c", "limit_reached", devicesPerFleetListedMax],
  ])("%s for %s fails with %s, and makes nothing", async (name, username, code, count) => {
    const needs = await world(count);
    await expect(addDevice(input(name, username), needs)).rejects.toMatchObject({ code });
    expect(needs.registry.things.size).toBe(0);
    expect(await needs.devices.list(fleet)).toHaveLength(count);
  });

  it.each(["", "-lamp", "a lamp", "a/b", "lämp", "x".repeat(65)])(
    "is not done with the name %j",
    (name) => {
      expect(deviceInput.safeParse({ name, username: "a@b.c" }).success).toBe(false);
    },
  );
});

describe("finding a device", () => {
  it("goes by its id or its name, whatever their case", async () => {
    const needs = await world(12);
    expect(await findDevice(fleet, device(10).id.toUpperCase(), needs)).toEqual(device(10));
    expect(await findDevice(fleet, "DEVICE-10", needs)).toEqual(device(10));
  });

  it("fails for somebody else's device as for none", async () => {
    const needs = await world(1);
    for (const [whose, wanted] of [
      ["other", device(0).id],
      [fleet, "nothing"],
    ] as const) {
      await expect(findDevice(whose, wanted, needs)).rejects.toMatchObject({
        code: "not_found",
        status: 404,
      });
    }
  });
});

describe("listing devices", () => {
  it("asks the broker who is there, and puts the latest connected first", async () => {
    const { devices } = await world(4);
    const broker = memoryBroker();
    broker.connected.set(device(1).id, { connected: true, since: 5 });
    broker.connected.set(device(2).id, { connected: true, since: 9 });
    const listed = await listDevices(fleet, { devices, broker });
    expect(listed.map(({ device: { name }, presence }) => [name, presence.connected])).toEqual([
      ["device-2", true],
      ["device-1", true],
      ["device-0", false],
      ["device-3", false],
    ]);
  });

  it("asks about so many at once and no more, and about each once", async () => {
    const { devices } = await world(100);
    const asked: string[] = [];
    const now = { asking: 0, most: 0 };
    const presence = async (id: string) => {
      asked.push(id);
      now.asking += 1;
      now.most = Math.max(now.most, now.asking);
      await new Promise(setImmediate);
      now.asking -= 1;
      return { connected: false };
    };
    expect(await listDevices(fleet, { devices, broker: { presence } })).toHaveLength(100);
    expect(new Set(asked).size).toBe(100);
    expect(now.most).toBe(presenceAskedAtOnceMax);
  });

  it("does not call a device offline because the broker cannot be asked", async () => {
    const { devices } = await world(3);
    const presence = async () => Promise.reject(new Error("throttled"));
    await expect(listDevices(fleet, { devices, broker: { presence } })).rejects.toThrow(
      "throttled",
    );
  });
});
