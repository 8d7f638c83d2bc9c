import { describe, expect, it, vi } from "vitest";
import { findDevice } from "#shared/device/findDevice.ts";
import { devicesPerFleetListedMax } from "#shared/device/limits.ts";
import { addDevice, deviceInput } from "#shared/device/provision/addDevice.ts";
import { pageInput } from "#shared/presence/devicePage.ts";
import { presenceAskedAtOnceMax } from "#shared/presence/limits.ts";
import { listDevices, listProductDevices } from "#shared/presence/listDevices.ts";
import { memoryCertificates } from "../../memory/device/certificates.ts";
import { memoryLink } from "../../memory/device/deviceLink.ts";
import { memoryDeviceNames } from "../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memoryProvisioning } from "../../memory/device/provisioning.ts";
import { memoryRegistry } from "../../memory/device/registry.ts";
import { testCertificate } from "../../memory/device/testCertificate.ts";
import { down } from "../../memory/down.ts";
import { memorySessions } from "../../memory/presence/sessions.ts";
import { fleet, someTime } from "../../memory/samples.ts";

const device = (i: number) => ({
  id: i.toString(16).padStart(24, "0"),
  fleet,
  name: `device-${i}`,
  owner: "a@b.c",
  createdAt: "2025",
});

const world = (count = 0) => {
  const [here, there] = [memoryRegistry("us-east-1"), memoryRegistry("eu-west-1")];
  return {
    deviceNames: memoryDeviceNames(),
    devices: memoryDevices(Array.from({ length: count }, (_, i) => device(i))),
    registry: here,
    there,
    registries: [here, there] as const,
    provisioning: memoryProvisioning(),
    certificates: memoryCertificates(),
    now: () => someTime,
    onError: vi.fn(),
  };
};

const [here, there] = [
  { region: "us-east-1", mqtt: "mqtts://broker.us-east-1.example.com:8883" },
  { region: "eu-west-1", mqtt: "mqtts://broker.eu-west-1.example.com:8883" },
];

const whose = { fleet, owner: "a@b.c" };

describe("adding a device", () => {
  it("creates a thing in its fleet and returns its credentials, which are not stored", async () => {
    const deps = world();
    const added = await addDevice({ name: "lamp" }, whose, deps);
    expect(added).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      fleet,
      name: "lamp",
      owner: "a@b.c",
      createdAt: new Date(someTime).toISOString(),
      certificate: testCertificate(added.id),
      privateKey: `key of ${added.id}`,
      endpoint: here?.mqtt,
      endpoints: [here, there],
    });
    expect(deps.registry.things.get(added.id)).toBe(fleet);
    const { certificate: _, privateKey: __, endpoint: ___, endpoints: ____, ...kept } = added;
    expect(await deps.devices.list(fleet, 10)).toEqual([kept]);
  });

  it("registers the same certificate in every region", async () => {
    const deps = world();
    const { id, certificate } = await addDevice({}, whose, deps);
    for (const { things, certificates } of deps.registries) {
      expect([things.get(id), certificates.get(id)]).toEqual([fleet, certificate]);
    }
    expect(deps.provisioning.rows.pending.size).toBe(0);
  });

  it("succeeds while another region is unavailable, after adding pending work for it", async () => {
    const deps = world();
    deps.provisioning.rows.endpoints.set("eu-west-1", "mqtts://as-it-was:8883");
    deps.there.isDown = true;
    const add = vi.spyOn(deps.devices, "add").mockImplementation(async ({ id }) => {
      const pending = deps.provisioning.rows.pending.get("eu-west-1")?.get(`${id}#${fleet}`);
      expect(pending).toEqual({ device: id, fleet, since: someTime });
    });
    const { id, endpoints } = await addDevice({}, whose, deps);
    expect(add).toHaveBeenCalledOnce();
    expect(deps.certificates.rows.records.get(id)?.current?.pem).toBe(testCertificate(id));
    expect(endpoints).toEqual([here, { region: "eu-west-1", mqtt: "mqtts://as-it-was:8883" }]);
    expect(deps.onError).toHaveBeenCalledTimes(2);
  });

  it("leaves nothing in any registry while the database is down", async () => {
    const deps = world();
    const { devices, provisioning } = deps;
    const without = { ...deps, devices: down(devices), provisioning: down(provisioning) };
    await expect(addDevice({ name: "lamp" }, whose, without)).rejects.toThrow("database is down");
    expect([deps.registry.things.size, deps.there.things.size]).toEqual([0, 0]);
  });

  it("fails when pending work for another region cannot be added", async () => {
    const deps = world();
    deps.there.isDown = true;
    deps.provisioning.addPending = () => Promise.reject(new Error("the table is down"));
    await expect(addDevice({}, whose, deps)).rejects.toThrow("the table is down");
    expect(await deps.devices.list(fleet, 10)).toEqual([]);
  });

  it("leaves out the endpoint of an unreachable region that never published one", async () => {
    const deps = world();
    deps.there.isDown = true;
    expect((await addDevice({}, whose, deps)).endpoints).toEqual([here]);
  });

  it("returns no private key when the device generated its own", async () => {
    const csr = "-----BEGIN CERTIFICATE REQUEST-----";
    expect(await addDevice({ csr }, whose, world())).not.toHaveProperty("privateKey");
  });

  it.each([
    ["Device-1", "already_exists", 2],
    ["lamp", "limit_reached", devicesPerFleetListedMax],
  ])("%s fails with %s, and creates nothing", async (name, code, count) => {
    const deps = world(count);
    await expect(addDevice({ name }, whose, deps)).rejects.toMatchObject({ code });
    expect(deps.registry.things.size).toBe(0);
    expect(await deps.devices.list(fleet, count + 1)).toHaveLength(count);
  });

  it("has no such limit in a product", async () => {
    const deps = world(devicesPerFleetListedMax);
    const added = await addDevice({ name: "lamp" }, { ...whose, product: 7 }, deps);
    expect(added.product).toBe(7);
  });

  it.each(["", "-lamp", "a lamp", "a/b", "lämp", "x".repeat(65), "0".repeat(24)])(
    "is refused with the name %j",
    (name) => {
      expect(deviceInput.safeParse({ name }).success).toBe(false);
    },
  );
});

describe("finding a device", () => {
  it("matches its id or its name, case-insensitive", async () => {
    const deps = world(12);
    expect(await findDevice(fleet, device(10).id.toUpperCase(), deps)).toEqual(device(10));
    expect(await findDevice(fleet, "DEVICE-10", deps)).toEqual(device(10));
  });

  it("fails for another user's device as for an unknown one", async () => {
    const deps = world(1);
    for (const [whose, wanted] of [
      ["other", device(0).id],
      [fleet, "nothing"],
    ] as const) {
      await expect(findDevice(whose, wanted, deps)).rejects.toMatchObject({
        code: "not_found",
        status: 404,
      });
    }
  });
});

describe("listing devices", () => {
  const depsOf = (count: number) => ({
    devices: world(count).devices,
    sessions: memorySessions(),
    links: [memoryLink()],
    onError: () => {},
  });

  it("queries the broker, and lists the device that connected last first", async () => {
    const deps = depsOf(4);
    deps.links[0]?.connected.set(device(1).id, { connected: true, since: 5 });
    deps.links[0]?.connected.set(device(2).id, { connected: true, since: 9 });
    const listed = await listDevices(fleet, pageInput.parse({}), deps);
    expect(listed.map(({ device: { name }, presence }) => [name, presence.connected])).toEqual([
      ["device-2", true],
      ["device-1", true],
      ["device-0", false],
      ["device-3", false],
    ]);
  });

  /**
   * Four devices: 1 and 2 are connected and in the group beta, 2 is also in staff, and 2 and 3 have
   * said which firmware they run.
   */
  const some = async () => {
    const deps = depsOf(4);
    const groups = [undefined, ["beta"], ["beta", "staff"]] as const;
    for (const [i, names] of groups.entries()) {
      const row = await deps.devices.find(device(i).id);
      if (row !== undefined && names)
        await deps.devices.replace({ ...row, groups: [...names] }, row);
    }
    deps.links[0]?.connected.set(device(1).id, { connected: true, since: 5 });
    deps.links[0]?.connected.set(device(2).id, { connected: true, since: 9 });
    for (const [i, firmware] of [
      [2, "1.0"],
      [3, "2.0"],
    ] as const) {
      await deps.sessions.put({
        device: device(i).id,
        region: "us-east-1",
        connected: i === 2,
        since: 1,
        at: 1,
        hello: { functions: [], variables: {}, firmware },
        helloAt: 1,
        revision: 1,
      });
    }
    return deps;
  };

  it.each([
    [{ online: "true" }, ["device-2", "device-1"]],
    [{ online: "false", sortAttr: "deviceName", sortDir: "desc" }, ["device-3", "device-0"]],
    [{ firmware: "2.0" }, ["device-3"]],
    [{ firmware: "2" }, []],
    [{ deviceName: "ICE-1" }, ["device-1"]],
    [{ deviceId: device(3).id.toUpperCase() }, ["device-3"]],
    [{ serialNumber: "x" }, []],
    [{ groups: "x" }, []],
    [{ groups: "beta", sortAttr: "deviceName" }, ["device-1", "device-2"]],
    [{ groups: "x, staff", online: "true" }, ["device-2"]],
    [{ sortAttr: "deviceName" }, ["device-0", "device-1", "device-2", "device-3"]],
    [{ sortAttr: "deviceName", perPage: "3", page: "2" }, ["device-3"]],
    [{ sortAttr: "firmwareVersion", sortDir: "desc", per_page: 2 }, ["device-3", "device-2"]],
    [{ page: 2 }, []],
  ])("applies the filter and the order of %o", async (asked, names) => {
    const deps = await some();
    const listed = await listDevices(fleet, pageInput.parse(asked), deps);
    expect(listed.map(({ device: { name } }) => name)).toEqual(names);
  });

  it("filters and sorts the devices of a product, and counts the pages of the matches", async () => {
    const deps = await some();
    const online = pageInput.parse({ online: true, per_page: 1, page: 2, sortAttr: "deviceName" });
    const { states, pages } = await listProductDevices(fleet, online, deps);
    expect(states.map(({ device: { name } }) => name)).toEqual(["device-2"]);
    expect(pages).toBe(2);
    const none = pageInput.parse({ firmware: "9" });
    expect(await listProductDevices(fleet, none, deps)).toEqual({ states: [], pages: 0 });
  });

  it.each([
    { online: "maybe" },
    { page: 0 },
    { perPage: "" },
    { sortAttr: "age" },
    { sortDir: "up" },
  ])("refuses %o", (asked) => {
    expect(pageInput.safeParse(asked).success).toBe(false);
  });

  it("queries the broker of another region that has a connected session", async () => {
    const [here, there] = [memoryLink("us-east-1"), memoryLink("eu-west-1")];
    const sessions = memorySessions("eu-west-1");
    const { id } = device(0);
    await sessions.put({
      device: id,
      region: "eu-west-1",
      connected: true,
      since: 1,
      at: 1,
      revision: 1,
    });
    there.connected.set(id, { connected: true, since: 7 });
    const deps = { ...depsOf(1), sessions, links: [here, there] };
    const [listed] = await listDevices(fleet, pageInput.parse({}), deps);
    expect(listed?.presence).toEqual({ connected: true, since: 7 });
  });

  it("queries each device once, with bounded concurrency", async () => {
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
    const deps = { ...depsOf(100), links: [{ region: "us-east-1", presence }] };
    expect(await listDevices(fleet, pageInput.parse({}), deps)).toHaveLength(100);
    expect(new Set(asked).size).toBe(100);
    expect(now.most).toBe(presenceAskedAtOnceMax);
  });

  it("does not report a device offline when the query of the broker fails", async () => {
    const presence = async () => Promise.reject(new Error("throttled"));
    const deps = { ...depsOf(3), links: [{ region: "us-east-1", presence }] };
    await expect(listDevices(fleet, pageInput.parse({}), deps)).rejects.toThrow("throttled");
  });

  it("continues without sessions that cannot be read", async () => {
    const onError = vi.fn();
    const list = async () => Promise.reject(new Error("the table is down"));
    const deps = { ...depsOf(2), sessions: { list }, onError };
    deps.links[0]?.connected.set(device(1).id, { connected: true, since: 5 });
    const listed = await listDevices(fleet, pageInput.parse({}), deps);
    expect(listed.map(({ presence }) => presence.connected)).toEqual([true, false]);
    expect(onError).toHaveBeenCalledOnce();
  });
});
