import { describe, expect, it, vi } from "vitest";
import type { Device } from "#shared/device/device.ts";
import { claimDevice, unclaimDevice } from "#shared/device/fleet/claimDevice.ts";
import { addToProduct, removeFromProduct } from "#shared/device/fleet/productDevices.ts";
import { releaseIfRemoved } from "#shared/device/fleet/releaseIfRemoved.ts";
import { newDeviceOwner } from "#shared/device/provision/addDevice.ts";
import { updateDevice } from "#shared/device/updateDevice.ts";
import { resolveOwners } from "#shared/presence/resolveOwners.ts";
import { memoryAccounts } from "../../../memory/account/accounts.ts";
import { memoryCertificates } from "../../../memory/device/certificates.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDeviceNames } from "../../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryProvisioning } from "../../../memory/device/provisioning.ts";
import { memoryRegistry } from "../../../memory/device/registry.ts";
import { deviceId, fleet, someTime } from "../../../memory/samples.ts";

const otherId = "f".repeat(24);
const me = { username: "a@b.c", fleet };
const product = {
  id: 123_456_789,
  name: "Thermostat",
  description: "",
  platformId: 0,
  owner: "a@b.c",
  fleet: "p1",
  createdAt: "",
};

const mine = (more: Partial<Device> = {}): Device => ({
  id: deviceId,
  fleet,
  name: "lamp",
  owner: "a@b.c",
  notes: "by the door",
  createdAt: "2025",
  ...more,
});

const world = (...given: Device[]) => {
  const link = memoryLink();
  link.connected.set(deviceId, { connected: true });
  const [here, there] = [memoryRegistry("us-east-1"), memoryRegistry("eu-west-1")];
  return {
    devices: memoryDevices(given),
    deviceNames: memoryDeviceNames(),
    registry: here,
    there,
    registries: [here, there] as const,
    provisioning: memoryProvisioning(),
    certificates: memoryCertificates(),
    link,
    links: [link],
    onError: vi.fn(),
    now: () => someTime,
  };
};

const found = async (deps: ReturnType<typeof world>, id = deviceId): Promise<Device> => {
  const device = await deps.devices.find(id);
  if (device === undefined) throw new Error("it is gone");
  return device;
};

describe("a device that is taken out of its fleet", () => {
  it("loses its owner, and receives its fleet before it is disconnected", async () => {
    const deps = world(mine());
    await unclaimDevice(mine(), deps);
    const updatedAt = new Date(someTime).toISOString();
    const alone = `u${deviceId}`;
    expect(await found(deps)).toEqual({
      id: deviceId,
      fleet: alone,
      createdAt: "2025",
      updatedAt,
      revision: 1,
    });
    expect(deps.registry.things.get(deviceId)).toBe(alone);
    expect(deps.link.sent.map(({ message }) => message)).toEqual([
      { command: "fleet", fleet: alone },
    ]);
    expect(deps.link.disconnected).toEqual([deviceId]);
  });

  it("stays in its fleet in every region when its row cannot be written", async () => {
    const deps = world(mine());
    const replace = () => Promise.reject(new Error("down"));
    const devices = { ...deps.devices, replace };
    await expect(unclaimDevice(mine(), { ...deps, devices })).rejects.toThrow("down");
    expect([deps.registry.things.size, deps.there.things.size]).toEqual([0, 0]);
    expect(deps.link.disconnected).toEqual([]);
  });

  it("leaves the fleet in every region, and in an unavailable region as soon as that recovers", async () => {
    const deps = world(mine());
    await unclaimDevice(mine(), deps);
    expect(deps.there.things.get(deviceId)).toBe(`u${deviceId}`);
    deps.there.isDown = true;
    await claimDevice(deviceId, me, deps);
    expect((await found(deps)).fleet).toBe(fleet);
    expect(deps.there.things.get(deviceId)).toBe(`u${deviceId}`);
    const pending = deps.provisioning.rows.pending.get("eu-west-1")?.get(`${deviceId}#${fleet}`);
    expect(pending).toEqual({ device: deviceId, fleet, since: someTime, mustDisconnect: true });
  });

  it("leaves the fleet also when its region's registry is unavailable, which is updated later", async () => {
    const deps = world(mine());
    deps.registry.isDown = true;
    await unclaimDevice(mine(), deps);
    expect((await found(deps)).fleet).toBe(`u${deviceId}`);
    expect(deps.onError).toHaveBeenCalledOnce();
    const { pending } = deps.provisioning.rows;
    expect([...pending.keys()]).toEqual(["us-east-1", "eu-west-1"]);
    expect([...pending.get("us-east-1")!.values()]).toMatchObject([{ mustDisconnect: true }]);
  });

  it("leaves the fleet also when it is unreachable", async () => {
    const deps = world(mine());
    deps.link.send = () => Promise.reject(new Error("down"));
    await unclaimDevice(mine(), deps);
    expect((await found(deps)).fleet).toBe(`u${deviceId}`);
    expect(deps.onError).toHaveBeenCalledOnce();
  });

  it("can be claimed with its id, and only once", async () => {
    const deps = world(mine());
    await unclaimDevice(mine(), deps);
    expect(await claimDevice(deviceId, me, deps)).toMatchObject({ fleet, owner: "a@b.c" });
    expect(await found(deps)).toMatchObject({ fleet, owner: "a@b.c" });
    expect(await claimDevice(deviceId, me, deps)).toMatchObject({ fleet });
  });
});

describe("claiming", () => {
  it("does not reveal whether a device has an owner or does not exist", async () => {
    const deps = world(mine({ fleet: "f2", owner: "c@d.e" }));
    const said = await Promise.all(
      [deviceId, otherId].map((id) => claimDevice(id, me, deps).catch((error: Error) => error)),
    );
    expect(said[0]).toMatchObject({ code: "device_not_claimable", status: 403 });
    expect(said[1]).toEqual(said[0]);
    expect(said.map((each) => "message" in each && each.message)).toEqual([
      expect.not.stringMatching(/access token/i),
      "message" in said[0]! && said[0].message,
    ]);
    expect((await found(deps)).fleet).toBe("f2");
  });
});

describe("a product", () => {
  it("adds its owner's devices and unclaimed ones, and returns the outcome of each", async () => {
    const unclaimed = mine({ id: "b".repeat(24), fleet: `u${"b".repeat(24)}`, name: undefined });
    const theirs = mine({ id: otherId, fleet: "f2", owner: "c@d.e" });
    const deps = world(mine(), theirs, unclaimed);
    const ids = [deviceId.toUpperCase(), otherId, unclaimed.id, "c".repeat(24), "nonsense"];
    const given = { product, from: fleet, canClaim: async () => true };
    expect(await addToProduct(ids, given, deps)).toEqual({
      added: [deviceId, unclaimed.id],
      existing: [],
      refused: [otherId, "c".repeat(24)],
      invalid: ["nonsense"],
    });
    expect(await found(deps)).toMatchObject({ fleet: "p1", product: product.id, name: "lamp" });
    expect((await found(deps, otherId)).fleet).toBe("f2");
    expect((await addToProduct([deviceId], given, deps)).existing).toEqual([deviceId]);
  });

  it("returns a device to the user who claimed it, and leaves one without an owner unclaimed", async () => {
    const accounts = memoryAccounts();
    await accounts.addUser(
      { username: "a@b.c", passwordHash: "", fleet, createdAt: "" },
      { replace: false },
    );
    const inside = mine({ fleet: "p1", product: product.id });
    const deps = { ...world(inside), accounts };
    await removeFromProduct(inside, deps);
    expect(await found(deps)).toMatchObject({ fleet, name: "lamp" });
    expect(await found(deps)).not.toHaveProperty("product");
    const renamed = { ...world(inside), accounts };
    await accounts.renameUser((await accounts.findUser("a@b.c"))!, "new");
    await removeFromProduct(inside, renamed);
    expect((await found(renamed)).fleet).toBe(fleet);
    const lost = mine({ fleet: "p1", product: product.id, owner: undefined });
    const others = { ...world(lost), accounts };
    await removeFromProduct(lost, others);
    expect((await found(others)).fleet).toBe(`u${deviceId}`);
  });

  it("transfers a device of a former owner to the product's owner, unless the former owner added it after the transfer", async () => {
    const accounts = memoryAccounts();
    for (const [username, own] of [
      ["a@b.c", fleet],
      ["new@b.c", "f-new"],
    ] as const) {
      const user = { username, passwordHash: "", fleet: own, createdAt: "" };
      await accounts.addUser(user, { replace: false });
    }
    const until = "2026-01-02T00:00:00.000Z";
    const formerOwners = [{ username: "a@b.c", fleet, until, offer: "o" }];
    await accounts.addProduct({ ...product, owner: "new@b.c", formerOwners });
    const inside = { fleet: product.fleet, product: product.id, owner: "a@b.c" };
    const made = mine({ ...inside, createdAt: "2026-01-01T00:00:00.000Z" });
    const put = mine({ ...inside, id: otherId, name: "put" });
    const lent = { ...put, createdAt: made.createdAt, joinedAt: "2026-01-03T00:00:00.000Z" };
    const needs = { ...world(made, lent), accounts };
    const states = [made, lent].map((device) => ({
      device,
      presence: { connected: false },
      sessions: [],
    }));
    const given = await accounts.findProduct(product.id);
    const named = await resolveOwners(states, { accounts, username: "a@b.c", product: given });
    expect(named.map(({ device: { owner } }) => owner)).toEqual(["new@b.c", "a@b.c"]);
    for (const device of [made, lent]) await removeFromProduct(device, needs);
    expect(await found(needs)).toMatchObject({ fleet: "f-new", owner: "new@b.c" });
    expect(await found(needs, otherId)).toMatchObject({ fleet, owner: "a@b.c" });
    expect(await found(needs, otherId)).not.toHaveProperty("joinedAt");
  });

  it("takes a device out of its groups and its lock when it leaves the product, or moves to another one", async () => {
    const accounts = memoryAccounts();
    await accounts.addUser({ ...me, passwordHash: "", createdAt: "" }, { replace: false });
    await accounts.addProduct(product);
    const settings = { groups: ["beta"], development: true as const, desiredFirmware: 3 };
    const inside = mine({ fleet: "p1", product: product.id, ...settings });
    const deps = { ...world(inside), accounts };
    await removeFromProduct(inside, deps);
    const gone = await found(deps);
    for (const name of Object.keys(settings)) expect(gone).not.toHaveProperty(name);

    const elsewhere = world(mine(settings));
    const whose = { product, from: fleet, canClaim: async () => true };
    await addToProduct([deviceId], whose, elsewhere);
    const moved = await found(elsewhere);
    expect(moved.product).toBe(product.id);
    for (const name of Object.keys(settings)) expect(moved).not.toHaveProperty(name);

    const given = world(inside);
    await unclaimDevice(inside, given);
    for (const name of Object.keys(settings)) expect(await found(given)).not.toHaveProperty(name);
  });

  it("adds a device without its name when the name is taken", async () => {
    const deps = world(mine(), mine({ id: otherId, fleet: "p1", name: "Lamp" }));
    await addToProduct([deviceId], { product, from: fleet, canClaim: async () => true }, deps);
    expect(await found(deps)).not.toHaveProperty("name");
  });
});

it("returns a device that was added to a product while the product was removed", async () => {
  const accounts = memoryAccounts();
  await accounts.addUser({ ...me, passwordHash: "", createdAt: "" }, { replace: false });
  await accounts.addProduct(product);
  const deps = { ...world(mine()), accounts };
  const whose = { product, from: fleet, canClaim: async () => true };
  const { added } = await addToProduct([deviceId], whose, deps);
  await releaseIfRemoved(added, product, deps);
  expect(await found(deps)).toMatchObject({ fleet: "p1" });
  const findProduct: typeof accounts.findProduct = async (id, options) =>
    options?.removed ? accounts.findProduct(id) : undefined;
  const late = { ...deps, accounts: { ...accounts, findProduct } };
  await expect(releaseIfRemoved(added, product, late)).rejects.toMatchObject({ code: "not_found" });
  expect(await found(deps)).toMatchObject({ fleet, owner: "a@b.c" });
  expect(await found(deps)).not.toHaveProperty("product");
});

it("shows a device's owner by their current name", async () => {
  const accounts = memoryAccounts();
  const user = { ...me, passwordHash: "", createdAt: "" };
  await accounts.addUser(user, { replace: false });
  await accounts.renameUser(user, "new");
  const state = (device: Device) => ({ device, presence: { connected: false }, sessions: [] });
  const states = [
    mine(),
    mine({ owner: "new" }),
    mine({ owner: "gone" }),
    mine({ owner: undefined }),
  ];
  const named = await resolveOwners(states.map(state), { accounts, username: "new" });
  expect(named.map(({ device: { owner } }) => owner)).toEqual(["new", "new", "gone", undefined]);
});

describe("describing a device", () => {
  it("changes the given fields only", async () => {
    const deps = world(mine());
    await updateDevice(mine(), { name: "desk-lamp" }, deps);
    expect(await found(deps)).toMatchObject({ name: "desk-lamp", notes: "by the door" });
    await updateDevice(await found(deps), { notes: "" }, deps);
    expect(await found(deps)).not.toHaveProperty("notes");
    expect(await found(deps)).toMatchObject({ name: "desk-lamp" });
  });

  it("keeps names unique in a fleet, and lets a device keep its own", async () => {
    const deps = world(mine(), mine({ id: otherId, name: "fan" }));
    await expect(updateDevice(mine(), { name: "FAN" }, deps)).rejects.toMatchObject({
      code: "already_exists",
    });
    expect(await updateDevice(mine(), { name: "Lamp" }, deps)).toMatchObject({ name: "Lamp" });
  });
});

it("a device that is provisioned in a product goes to the product's owner when it is removed", async () => {
  expect(newDeviceOwner(me)).toEqual({ fleet, owner: me.username });
  const member = { username: "member@b.c", fleet: product.fleet, product };
  const whose = { fleet: "p1", owner: "a@b.c", product: product.id };
  expect(newDeviceOwner(member)).toEqual(whose);
  const deps = world(mine({ ...whose, notes: "", name: "lamp" }));
  const accounts = memoryAccounts();
  await accounts.addUser({ ...me, passwordHash: "", createdAt: "" }, { replace: false });
  await removeFromProduct(await found(deps), { ...deps, accounts });
  expect(await found(deps)).toMatchObject({ fleet, owner: "a@b.c" });
});
