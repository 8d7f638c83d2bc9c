import { Readable } from "node:stream";
import type Particle from "particle-api-js";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient, connectDevice } from "../support/client.ts";
import { newProduct, particleClient } from "../support/particle.ts";
import { connectRawDevice, type DeviceMessage } from "../support/rawDevice.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let demo: Particle;

beforeAll(async () => {
  cloud = await startTestCloud();
  demo = particleClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

interface Made {
  readonly id: string;
  readonly fleet: string;
  readonly certificate: string;
  readonly private_key: string;
}

/** Provisions a device of the user or of a product. Returns its identity. */
const newDevice = async (name?: string, product?: number) => {
  const uri = product === undefined ? "/v1/devices" : `/v1/products/${product}/devices`;
  const { body } = await demo.post<Made>({ uri, data: { provision: true, name } });
  return { ...body, privateKey: body.private_key };
};

const variables: Readonly<Record<string, unknown>> = {
  temperature: 21.5,
  place: "Büro 🌡",
  on: true,
};

const answer = ({ function: called, argument, variable }: DeviceMessage): object => {
  if (called === "led") return { value: argument === "on" ? 1 : -1 };
  const value = variables[variable ?? ""];
  return value === undefined ? { error: `unknown ${called ? "function" : "variable"}` } : { value };
};

const helloed = { firmware: "7", functions: ["led"], variables: { temperature: "double" } };

type Stream = Awaited<ReturnType<Particle["getEventStream"]>>;
interface Seen {
  readonly name: string;
  readonly data: string;
  readonly coreid: string;
}

/** Collects the events of a stream. Adds the listener as late as the client library allows. */
const seen = async (opening: Promise<Stream>) => {
  const stream = await opening;
  onTestFinished(() => stream.abort());
  const events: Seen[] = [];
  stream.on("event", (event: Seen) => {
    // Presence events arrive at any time.
    if (event.name !== "spark/status") events.push(event);
  });
  return { stream, events, names: () => events.map(({ name }) => name) };
};

describe("particle-api-js: devices of a user", () => {
  it("provisions, lists and gets them", async () => {
    const { id } = await newDevice("shown");
    const { client, hello } = await connectRawDevice(cloud, await newDevice("alive"), answer);
    await hello(helloed);
    const { body: alive } = await until("the session is stored", async () => {
      const got = await demo.getDevice({ deviceId: "alive" });
      return got.body.functions?.length === 1 && got;
    });
    expect(alive).toMatchObject({
      name: "alive",
      connected: true,
      online: true,
      functions: ["led"],
      variables: { temperature: "double" },
      firmware_version: 7,
    });
    const { body: all } = await demo.listDevices({});
    expect(Array.isArray(all)).toBe(true);
    expect(all).toContainEqual(
      expect.objectContaining({ id, name: "shown", connected: false, status: "normal" }),
    );
    expect(all).toContainEqual(expect.objectContaining({ id: alive.id, connected: true }));
    client.end();
  });

  it("renames one, sets notes, removes it and claims it again", async () => {
    const { id } = await newDevice("before");
    const renamed = await demo.renameDevice({ deviceId: "before", name: "after" });
    expect(renamed.body).toMatchObject({ id, name: "after" });
    const noted = await demo.setDeviceNotes({ deviceId: id.toUpperCase(), notes: "bei der Tür" });
    expect(noted.body).toMatchObject({ id, notes: "bei der Tür" });
    expect((await demo.removeDevice({ deviceId: "after" })).body).toEqual({ ok: true });
    await expect(demo.getDevice({ deviceId: id })).rejects.toMatchObject({ statusCode: 404 });
    const claimed = await demo.claimDevice({ deviceId: id, requestTransfer: false });
    expect(claimed.body).toMatchObject({ ok: true, deviceID: id, claimed: true });
    const unknown = demo.claimDevice({ deviceId: "f".repeat(24) });
    await expect(unknown).rejects.toMatchObject({ statusCode: 403, body: { ok: false } });
  });

  it("calls a function, reads variables and signals", async () => {
    const { id, ...made } = await newDevice("callable");
    const { asked } = await connectRawDevice(cloud, { id, ...made }, answer);
    const called = await demo.callFunction({ deviceId: "callable", name: "led", argument: "on" });
    expect(called.body).toMatchObject({ id, name: "led", connected: true, return_value: 1 });
    for (const [name, result] of Object.entries(variables)) {
      const { body } = await demo.getVariable({ deviceId: id, name });
      expect(body).toMatchObject({ name, result, coreInfo: { deviceID: id, connected: true } });
    }
    expect((await demo.signalDevice({ deviceId: id, signal: true })).body).toMatchObject({
      id,
      connected: true,
      signaling: true,
    });
    expect(asked.at(-1)).toMatchObject({ command: "signal", on: true });
  });

  it("rejects a failed call with the error", async () => {
    const { id } = await newDevice();
    const offline = demo.callFunction({ deviceId: id, name: "led", argument: "" });
    await expect(offline).rejects.toMatchObject({ statusCode: 408, body: { ok: false } });
    const made = await newDevice();
    await connectRawDevice(cloud, made, answer);
    const unknown = demo.getVariable({ deviceId: made.id, name: "nothing" });
    await expect(unknown).rejects.toMatchObject({
      statusCode: 404,
      body: { ok: false, error: "Variable not found" },
    });
  });
});

describe("particle-api-js: devices of a product", () => {
  it("adds them by one id and by a file of ids, and removes them", async () => {
    const { id: product } = await newProduct(demo, "Shelf");
    const made = await Promise.all([newDevice(), newDevice(), newDevice()]);
    const [one = "", two = "", three = ""] = made.map(({ id }) => id);
    const added = await demo.addDeviceToProduct({ product, deviceId: one });
    expect(added.body).toEqual({
      updated: 1,
      updatedDeviceIds: [one],
      existingDeviceIds: [],
      nonmemberDeviceIds: [],
      invalidDeviceIds: [],
    });
    const foreign = "f".repeat(24);
    const lines = [one, two.toUpperCase(), three, foreign, "nonsense"].join("\r\n");
    // The library sends a buffer with its length and a stream in chunks.
    const file = Readable.from([lines.slice(0, 40), lines.slice(40)]);
    const uploaded = await demo.addDeviceToProduct({ product, file });
    expect(uploaded.body).toEqual({
      updated: 2,
      updatedDeviceIds: [two, three],
      existingDeviceIds: [one],
      nonmemberDeviceIds: [foreign],
      invalidDeviceIds: ["nonsense"],
    });
    const again = await demo.addDeviceToProduct({ product, file: Buffer.from(two) });
    expect(again.body).toMatchObject({ existingDeviceIds: [two] });
    const removed = await demo.removeDevice({ product, deviceId: three, deny: true });
    expect(removed).toEqual({ statusCode: 204, body: {} });
    expect((await demo.getDevice({ deviceId: three })).body.id).toBe(three);
    await expect(demo.getDevice({ deviceId: two })).rejects.toMatchObject({ statusCode: 404 });
  });

  it("provisions, pages through, filters and sorts them", async () => {
    const { id: product, slug } = await newProduct(demo, "Rack");
    const { body: unnamed } = await demo.provisionDevice({ productId: product });
    const names = ["c-lamp", "a-lamp", "b-bell"];
    for (const name of names) await newDevice(name, product);
    const list = async (more: object) => {
      const { body } = await demo.listDevices({ product: slug, ...more });
      if (Array.isArray(body)) throw new Error("a product's devices come in pages");
      return { ...body, names: body.devices.map(({ name }) => name) };
    };
    const whole = await until("all devices are listed", async () => {
      const found = await list({ sortAttr: "deviceName", sortDir: "desc" });
      return found.devices.length === 4 && found;
    });
    expect(whole).toMatchObject({
      names: ["c-lamp", "b-bell", "a-lamp", null],
      meta: { total_pages: 1 },
    });
    expect(whole.devices[0]).toMatchObject({ product_id: product, groups: [], denied: false });
    const page = { sortAttr: "deviceName", perPage: 3 };
    expect(await list({ ...page, page: 2 })).toMatchObject({
      names: ["c-lamp"],
      meta: { total_pages: 2 },
    });
    expect((await list({ deviceName: "LAMP", sortAttr: "deviceName" })).names).toEqual([
      "a-lamp",
      "c-lamp",
    ]);
    const byId = await list({ deviceId: unnamed.id.slice(2, 20) });
    expect(byId.devices.map(({ id }) => id)).toEqual([unnamed.id]);
    expect((await list({ groups: ["none"] })).names).toEqual([]);

    // With a cursor, in the same format for every order.
    const ask = apiClient(cloud, cloud.user.token);
    for (const sort of ["name", "created", "last_heard"]) {
      const path = `/v1/products/${product}/devices?search=L&sort=${sort}&order=asc&limit=1`;
      const first = (await ask("GET", path)).body;
      const second = (await ask("GET", `${path}&cursor=${first.cursor}`)).body;
      const last = (await ask("GET", `${path}&cursor=${second.cursor}`)).body;
      const found = [first, second, last].flatMap(({ devices }) => devices);
      expect(found.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
      expect([last.cursor, last.meta, first.customers]).toEqual([undefined, undefined, undefined]);
    }
    const offline = await ask("GET", `/v1/products/${product}/devices?limit=10&online=true`);
    expect(offline.body).toEqual({ devices: [] });
    const own = (await ask("GET", "/v1/devices?limit=200")).body;
    expect(own.devices).toContainEqual(expect.objectContaining({ id: cloud.device.id }));
  });

  it("puts them into groups, which the first assignment creates, and marks development devices", async () => {
    const { id: product, slug } = await newProduct(demo, "Herd");
    const ask = apiClient(cloud, cloud.user.token);
    const path = `/v1/products/${slug}`;
    const made = await Promise.all(["h-1", "h-2", "h-3"].map((name) => newDevice(name, product)));
    const [one = "", two = "", three = ""] = made.map(({ id }) => id);

    const created = await ask("POST", `${path}/groups`, { name: "staff", color: "#2ecc71" });
    const staff = { name: "staff", description: null, color: "#2ecc71", fw_version: null };
    expect(created).toMatchObject({ status: 201, body: { group: staff } });
    const alone = await ask("PUT", `${path}/devices/h-1`, { groups: ["staff", "beta"] });
    expect(alone.body).toMatchObject({ id: one, groups: ["beta", "staff"] });
    const metadata = { add: ["beta"], remove: ["staff"] };
    const batch = { action: "groups", devices: [one, two], metadata };
    expect((await ask("PUT", `${path}/devices`, batch)).body).toMatchObject({ ok: true });
    const missing = await ask("PUT", `${path}/devices`, {
      ...batch,
      devices: [three, "0".repeat(24)],
    });
    expect(missing).toMatchObject({ status: 404, body: { ok: false } });

    const listed = (await ask("GET", `${path}/groups`)).body.groups;
    expect(listed.map((group: { name: string }) => group.name)).toEqual(["beta", "staff"]);
    const { body: inBeta } = await until("the list shows the groups", async () => {
      const found = await demo.listDevices({ product, groups: ["beta", "other"] });
      return !Array.isArray(found.body) && found.body.devices.length === 2 && found;
    });
    expect(inBeta).toMatchObject({ devices: [{ groups: ["beta"] }, { groups: ["beta"] }] });
    const counted = (await ask("GET", `${path}/groups/beta`)).body;
    expect(counted).toMatchObject({ group: { name: "beta", device_count: 2 } });

    const renamed = await ask("PUT", `${path}/groups/beta`, { name: "early" });
    expect(renamed).toMatchObject({ status: 200, body: { group: { name: "early" } } });
    expect((await demo.getDevice({ product, deviceId: two })).body).toMatchObject({
      groups: ["early"],
    });
    expect((await ask("DELETE", `${path}/groups/early`)).status).toBe(204);
    expect((await demo.getDevice({ product, deviceId: two })).body).toMatchObject({ groups: [] });

    const marked = await demo.markAsDevelopmentDevice({ product, deviceId: "h-3" });
    expect(marked.body).toMatchObject({ id: three, development: true });
    const shown = (await demo.getDevice({ product, deviceId: three })).body;
    expect(shown).toMatchObject({ development: true, firmware_product_id: product });
    // It is no development device of another product.
    await ask("PUT", `${path}/devices/h-3`, { groups: ["staff"] });
    await demo.removeDevice({ product, deviceId: three });
    const { id: other } = await newProduct(demo, "Pasture");
    await demo.addDeviceToProduct({ product: other, deviceId: three });
    const moved = (await demo.getDevice({ product: other, deviceId: three })).body;
    expect(moved).toMatchObject({ development: false, groups: [] });
    const outside = await ask("PUT", `/v1/devices/${cloud.device.id}`, { groups: ["x"] });
    expect(outside).toMatchObject({ status: 400 });
    expect(outside.body.error_description).toContain("groups: is a setting in a product");

    const { entries } = (await ask("GET", `${path}/audit?limit=100`)).body;
    const actions = entries.map(({ action }: { action: string }) => action);
    for (const action of ["group.create", "group.update", "group.remove", "device.assign_groups"]) {
      expect(actions).toContain(action);
    }
  });

  it("locks them to a firmware version, and counts the devices that a release would update", async () => {
    const { id: product } = await newProduct(demo, "Vault");
    const ask = apiClient(cloud, cloud.user.token);
    const path = `/v1/products/${product}`;
    const made = await newDevice("door", product);
    const { client, hello } = await connectRawDevice(cloud, made, answer);
    await hello({ ...helloed, firmware: "1" });
    for (const version of [1, 2]) {
      const file = Buffer.alloc(1_000, version);
      const described = { title: `V${version}`, description: "" };
      await demo.uploadProductFirmware({ product, version, file, ...described });
    }
    const door = { product, deviceId: "door" };
    const lock = (desiredFirmwareVersion: number) =>
      demo.lockDeviceProductFirmware({ ...door, desiredFirmwareVersion, flash: false });
    const { body: locked } = await lock(2);
    expect(locked).toMatchObject({ id: made.id, desired_firmware_version: 2 });
    const shown = async () => (await demo.getDevice(door)).body;
    const target = (version: number | null) => ({ targeted_firmware_release_version: version });
    expect(await shown()).toMatchObject({ desired_firmware_version: 2, ...target(2) });
    await expect(lock(9)).rejects.toMatchObject({ statusCode: 400 });
    const flashed = await ask("PUT", `${path}/devices/door`, {
      desired_firmware_version: 2,
      flash: true,
    });
    expect(flashed).toMatchObject({ status: 200, body: { release: expect.any(String) } });
    const { body: unlocked } = await demo.unlockDeviceProductFirmware(door);
    expect(unlocked).toMatchObject({ id: made.id, desired_firmware_version: null });
    expect(await shown()).toMatchObject({ desired_firmware_version: null, ...target(null) });

    await ask("PUT", `${path}/devices/door`, { groups: ["beta"] });
    const release = { version: 1, groups: ["beta"], product_default: false, intelligent: false };
    await until("the firmware is released", async () => {
      // The device's hello must have been stored.
      return (await ask("PUT", `${path}/firmware/release`, release)).status === 200;
    });
    expect(await shown()).toMatchObject(target(1));
    const latest = await demo.put<{ status: string }>({
      uri: `${path}/devices/door`,
      data: { latest: "true" },
    });
    expect(latest.body).toMatchObject({ id: made.id, status: "Update started" });
    const kept = { development: true, desired_firmware_version: 2, flash: true };
    expect((await ask("PUT", `${path}/devices/door`, kept)).status).toBe(409);
    expect((await ask("GET", `${path}/groups`)).body).toMatchObject({
      groups: [{ name: "beta", fw_version: 1 }],
    });
    expect((await ask("PUT", `${path}/groups/beta`, { name: "x" })).status).toBe(409);
    const query = "action=edit_groups_for_firmware&firmware_version=2";
    const impact = async (more: string) =>
      (await ask("GET", `${path}/impact?${query}${more}`)).body.devices.firmware_update;
    expect(await impact("&groups=beta,other&product_default=false")).toMatchObject({
      total: 1,
      by_version: [{ version: 2, total: 1 }],
      by_running_version: [{ version: 1, total: 1 }],
    });
    expect(await impact("&product_default=true")).toMatchObject({ total: 0, by_version: [] });
    client.end();
  });

  it("asks a device for its vitals, and shows them with their history", async () => {
    const made = await newDevice("patient");
    const ask = apiClient(cloud, cloud.user.token);
    const path = "/v1/diagnostics/patient";
    expect(await ask("GET", `${path}/last`)).toMatchObject({ status: 404 });
    expect(await ask("POST", `${path}/update`)).toMatchObject({ status: 408 });
    const { client, asked } = await connectRawDevice(cloud, made, answer);
    expect(await ask("POST", `${path}/update`)).toMatchObject({ status: 200, body: { ok: true } });
    expect(asked.at(-1)).toMatchObject({ command: "vitals" });

    const stream = await seen(demo.getEventStream({ deviceId: "patient", name: "spark/device" }));
    const topic = `events/${made.fleet}/${made.id}/spark/device/diagnostics/update`;
    const payload = { device: { power: { battery: { charge: { err: -210 } } } } };
    await client.publishAsync(topic, "no vitals", { qos: 1 });
    await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
    const at = Date.now() - 86_400_000;
    const quiet = `$aws/rules/godwit_events/${topic}/?id=v1&at=${at}`;
    await client.publishAsync(quiet, JSON.stringify({ device: { system: { uptime: 5 } } }), {
      qos: 1,
    });
    const { diagnostics } = await until("the vitals are stored", async () => {
      const { body } = await ask("GET", path);
      return body.diagnostics.length === 2 && body;
    });
    expect(diagnostics).toMatchObject([
      { deviceID: made.id, payload },
      { updated_at: new Date(at).toISOString(), payload: { device: { system: { uptime: 5 } } } },
    ]);
    expect((await ask("GET", `${path}/last`)).body.diagnostics).toEqual(diagnostics[0]);
    const day = `start_date=${new Date(at - 1_000).toISOString()}&end_date=${new Date(at).toISOString()}`;
    expect((await ask("GET", `${path}?${day}`)).body.diagnostics).toEqual([diagnostics[1]]);
    const { diagnostics_metadata: about } = (await ask("GET", `${path}/metadata`)).body;
    expect(about.device.power.battery.charge).toMatchObject({ type: "number" });
    await until("both events are in the stream", () => stream.events.length >= 2);
    expect(stream.events.map(({ data }) => data)).toEqual(["no vitals", JSON.stringify(payload)]);
    client.end();
  });

  it("supports the operations of a user's devices", async () => {
    const { id: product } = await newProduct(demo, "Bench");
    const made = await newDevice("tool", product);
    const { hello } = await connectRawDevice(cloud, made, answer);
    await hello(helloed);
    const tool = { product, deviceId: "tool" };
    expect((await demo.callFunction({ ...tool, name: "led", argument: "on" })).body).toMatchObject({
      return_value: 1,
    });
    expect((await demo.getVariable({ ...tool, name: "place" })).body.result).toBe("Büro 🌡");
    expect((await demo.signalDevice({ ...tool, signal: false })).body).toMatchObject({
      signaling: false,
    });
    expect((await demo.setDeviceNotes({ ...tool, notes: "n" })).body).toMatchObject({ notes: "n" });
    await demo.renameDevice({ ...tool, name: "drill" });
    // The history of its presence, and its calls by time.
    const ask = apiClient(cloud, cloud.user.token);
    const presence = `/v1/products/${product}/devices/drill/presence?limit=5`;
    const { changes } = await until("its connect is in the history", async () => {
      const found = (await ask("GET", presence)).body;
      return found.changes.length > 0 && found;
    });
    expect(changes).toMatchObject([{ online: true, region: cloud.regions[0]?.region }]);
    const sums = async (query: string): Promise<number[]> => {
      const { body: series } = await ask("GET", `/v1/products/${product}/series?${query}`);
      return series.names.map((_: string, i: number) =>
        series.points.reduce((sum: number, point: number[]) => sum + (point[i + 1] ?? 0), 0),
      );
    };
    expect(await sums("metric=calls&device=drill&step=3600")).toEqual([2, 0]);
    expect(await sums("metric=calls&step=60")).toEqual([2, 0]);
    expect((await ask("GET", "/v1/series?metric=events&device=x")).status).toBe(400);

    const { body } = await demo.getDevice({ product, deviceId: made.id });
    expect(body).toMatchObject({ name: "drill", notes: "n", connected: true, product_id: product });
    await expect(demo.getDevice({ deviceId: made.id })).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe("particle-api-js: events", () => {
  it("streams all events of a user, a device, a product or a prefix, from the first event", async () => {
    const { id: product, slug } = await newProduct(demo, "Siren");
    const mine = await newDevice("mine-1");
    const theirs = await newDevice("theirs", product);
    const streams = await Promise.all(
      [
        { deviceId: "mine" },
        { deviceId: "mine", name: "a/ü" },
        { deviceId: "mine-1" },
        { name: "a/" },
        { product, name: "" },
        { product: slug, deviceId: theirs.id, name: "a/ü" },
      ].map((which) => seen(demo.getEventStream(which))),
    );
    // Publishes at once: a late listener would lose events directly after the first bytes.
    await demo.publishEvent({ name: "a/ü/first", data: "é 🌍" });
    await demo.publishEvent({ product, name: "of-product", data: "p", isPrivate: true });
    for (const { id, fleet, ...rest } of [mine, theirs]) {
      const client = await connectDevice(cloud, { id, fleet, ...rest });
      for (const name of ["a/ü/2", "b"]) {
        await client.publishAsync(`events/${fleet}/${id}/${name}`, "größer 🌍", { qos: 1 });
      }
    }
    const wanted = [
      ["a/ü/first", "a/ü/2", "b"],
      ["a/ü/first", "a/ü/2"],
      ["a/ü/2", "b"],
      ["a/ü/first", "a/ü/2"],
      ["of-product", "a/ü/2", "b"],
      ["a/ü/2"],
    ];
    await until("all events are received", () =>
      streams.every(({ events }, i) => events.length >= wanted[i]!.length),
    );
    expect(streams.map(({ names }) => names())).toEqual(wanted);
    expect(streams[0]?.events).toMatchObject([
      { data: "é 🌍", coreid: "api" },
      { data: "größer 🌍", coreid: mine.id, ttl: 60, published_at: expect.any(String) },
      { coreid: mine.id },
    ]);
  });

  it("rejects a stream of an unknown device and one without a valid token", async () => {
    const unknown = demo.getEventStream({ deviceId: "nobody" });
    await expect(unknown).rejects.toMatchObject({
      statusCode: 404,
      errorDescription: expect.stringContaining("Device not found"),
      body: { ok: false, error: "not_found" },
    });
    const dead = demo.getEventStream({ deviceId: "mine", auth: "0".repeat(40) });
    await expect(dead).rejects.toMatchObject({ statusCode: 401 });
  });

  it("reconnects by itself after its connection is closed", async () => {
    const { stream, names } = await seen(demo.getEventStream({ deviceId: "mine", name: "cut" }));
    const back = new Promise((resolve) => stream.once("reconnect-success", resolve));
    // Simulates a proxy that closes the connection.
    const { req } = stream as unknown as {
      req: { res: { destroy(): void; emit(what: string): void } };
    };
    req.res.emit("end");
    req.res.destroy();
    await back;
    await demo.publishEvent({ name: "cut/after", data: "" });
    await until("the event is received", () => names().includes("cut/after"));
  });
});
