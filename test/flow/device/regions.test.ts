import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DescribeEndpointCommand, IoTClient } from "@aws-sdk/client-iot";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { findCloud } from "../../../admin/findCloud.ts";
import { invokeAt } from "../../../admin/invoke.ts";
import { createDevice } from "../../../device/client.ts";
import type { DeviceOptions } from "../../../device/device.ts";
import type { Cloud, CloudRegion } from "../../../local/cloud.ts";
import { openLog } from "../../../local/platform/log.ts";
import { apiClient, openStream } from "../support/client.ts";
import { control } from "../support/control.ts";
import { runNow } from "../support/runNow.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

/** The time limit includes the synthesis of the templates. */
const synthesizeMsMax = 240_000;

let cloud: Cloud;
let near: CloudRegion;
let far: CloudRegion;
/** The log of the functions. */
let logged = "";

beforeAll(async () => {
  cloud = await startTestCloud({
    regions: ["us-east-1", "eu-west-1"],
    log: openLog("json", (line) => {
      logged += line;
    }),
  });
  [near, far] = cloud.regions as [CloudRegion, CloudRegion];
}, synthesizeMsMax);
afterAll(() => cloud.stop());

/** Options of an AWS client that a function of `near` uses for `region`. */
const clientOptions = (region: string, endpoint: string) => {
  const { accessKeyId, secretAccessKey } = near.services.invocation;
  return { region, endpoint, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
};

const at = (region: CloudRegion) => apiClient(region, cloud.user.token);

/** Provisions a device by the API. Its clients close when the test ends. */
const newDevice = async () => {
  const { status, body } = await at(near)("POST", "/v1/devices", { provision: true });
  expect(status).toBe(201);
  const ca = await readFile(join(cloud.state, "ca.pem"), "utf8");
  const { id, fleet, certificate, private_key: privateKey, endpoints } = body;
  const mqtt = endpoints.map((endpoint: { mqtt: string }) => endpoint.mqtt);
  const start = (options: Partial<DeviceOptions>) => {
    const device = createDevice({
      ...{ id, fleet, certificate, privateKey, ca, endpoints: mqtt, random: () => 0.1 },
      ...options,
    });
    onTestFinished(() => device.close());
    return device;
  };
  const shown = async (region: CloudRegion) =>
    (await at(region)("GET", `/v1/devices/${id}`)).body as Record<string, unknown>;
  const call = async (region: CloudRegion, arg: string) =>
    (await at(region)("POST", `/v1/devices/${id}/led`, { arg })).body.return_value;
  return { id, endpoints, start, shown, call };
};

const shownIn = async (region: CloudRegion, id: string) =>
  (await at(region)("GET", `/v1/devices/${id}`)).status;

/**
 * Restarts the functions of a region: their caches are empty, and received messages are visible
 * again at once.
 */
const restartFunctions = async (region: CloudRegion) => {
  await control(region, "POST /stop", { services: ["functions"] });
  await control(region, "POST /start", { services: ["functions"] });
};

const databaseDown = { error: { status: 500, code: "InternalServerError" } };

it("the first region is the default, and all regions trust one certificate authority", () => {
  expect(cloud.regions.map(({ region }) => region)).toEqual(["us-east-1", "eu-west-1"]);
  expect([cloud.api, cloud.mqtt]).toEqual([near.api, near.mqtt]);
  expect(far.services.iot.caPem).toBe(near.services.iot.caPem);
});

it("an AWS client for another region reaches that region by the endpoint of the first", async () => {
  const iot = new IoTClient(clientOptions("eu-west-1", near.services.iot.control.url));
  const { endpointAddress } = await iot.send(
    new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }),
  );
  expect(`mqtts://${endpointAddress}`).toBe(far.mqtt);

  const dynamo = new DynamoDBClient(clientOptions("eu-west-1", near.services.tables.url));
  const { TableNames } = await dynamo.send(new ListTablesCommand({}));
  expect(TableNames).toContain("godwit-accounts");
  expect(TableNames?.join()).toContain("Region-eu-west-1");
  expect(TableNames?.join()).not.toContain("Region-us-east-1");
  for (const client of [iot, dynamo]) client.destroy();

  const place = await findCloud({ state: cloud.state, region: "eu-west-1" }, {});
  const asked = invokeAt({ ...place, function: "godwit-watcher" })({ status: {} });
  expect(await asked).toMatchObject({ region: "eu-west-1" });
});

it("a user exists in the other region after replication, and not while replication is paused", async () => {
  const status = async (region: CloudRegion, token: string) =>
    (await apiClient(region, token)("GET", "/v1/user")).status;
  const here = cloud.user.token;
  await until("the user is in the other region", async () => (await status(far, here)) === 200);

  await control(near, "PUT /replication", { state: "paused", lagMs: 0 });
  const username = "later@example.com";
  await cloud.admin({ addUser: { username, password: "long enough", replace: false } });
  const { token } = (await cloud.admin({ addToken: { username } })) as { token: string };
  expect(await status(near, token)).toBe(200);
  expect((await control(near)).replication.backlog["eu-west-1"]).toBeGreaterThan(0);
  expect(await status(far, token)).toBe(401);
  await control(near, "PUT /replication", { state: "running" });
  // Functions cache an invalid token for a moment.
  await until("the token is valid", async () => (await status(far, token)) === 200, 60_000);
}, 90_000);

it("a device can connect to each region; both regions call it and stream its events, and each event is delivered once", async () => {
  const { url, values } = await target();
  await at(near)("POST", "/v1/integrations", { event: "from", url });
  const { endpoints, start, shown, call } = await newDevice();
  expect(endpoints).toEqual([near, far].map(({ region, mqtt }) => ({ region, mqtt })));
  const streams = await Promise.all(
    [near, far].map((region) => openStream(region, "/v1/devices/events", cloud.user.token)),
  );
  const called: (string | undefined)[] = [];
  const led = (argument: string) => called.push(argument);
  for (const { region, mqtt } of [far, near]) {
    const device = start({ endpoints: [mqtt], firmware: region, functions: { led } });
    await device.connect();
    await until(
      "both regions receive its events and have its session",
      async () => {
        await device.publish("probe", region, { durable: false, quiet: false });
        const states = await Promise.all([near, far].map(shown));
        return (
          states.every(({ online, firmware }) => online === true && firmware === region) &&
          streams.every((one) => one.events().some(({ data }) => data.data === region))
        );
      },
      30_000,
    );
    for (const place of [near, far]) await call(place, `${region} by ${place.region}`);
    await device.publish("from", region);
    await until("the event is delivered", () => values("data").includes(region));
    for (const stream of streams) {
      const found = () => stream.events().filter(({ event }) => event === "from");
      await until("both streams show it", () => found().some(({ data }) => data.data === region));
    }
    await device.close();
  }
  const names = [far, near].map(({ region }) => region);
  expect(called).toEqual(
    names.flatMap((name) => names.toReversed().map((by) => `${name} by ${by}`)),
  );
  expect(values("data")).toEqual(names);
  for (const stream of streams) {
    const from = stream.events().filter(({ event }) => event === "from");
    expect(from.map(({ data }) => data.data)).toEqual(names);
  }
}, 90_000);

it("a region can be filled with all devices, endpoints and secrets", async () => {
  const { body } = await at(near)("GET", "/v1/endpoints");
  const regions = body.endpoints.map(({ region }: { region: string }) => region);
  expect(regions).toEqual([near.region, far.region]);
  const filled = await cloud.admin({ fillSecrets: { region: far.region } });
  expect(filled).toMatchObject({ sealed: expect.any(Number), incomplete: [] });
  const factors = await cloud.admin({ fillSecondFactors: { region: far.region } });
  expect(factors).toMatchObject({ sealed: expect.any(Number), incomplete: [] });
  const fillResult = await cloud.admin({ fillRegion: { region: far.region } });
  // The region has every device already (those of the demo and of the tests): nothing changes.
  expect(fillResult).toMatchObject({ isFull: false, unknown: [] });
  const { queued: count } = fillResult as { queued: number };
  expect(count).toBe((await at(near)("GET", "/v1/devices")).body.length);
  // A device with the first endpoint only receives the other one in reply to its hello.
  const { start } = await newDevice();
  const learned: (readonly string[])[] = [];
  const device = start({ endpoints: [near.mqtt], onEndpoints: (all) => void learned.push(all) });
  // The function that publishes a region's endpoint is scheduled once a minute.
  for (const { services } of cloud.regions) {
    const provision = Object.keys(services.lambda.usage()).find((name) =>
      name.includes("provision"),
    );
    await runNow(services.lambda, provision!);
  }
  const hello = async () => {
    await device.connect();
    const isInformed = await until("the endpoints arrive", () => learned.length > 0, 2_000).catch(
      () => false,
    );
    if (!isInformed) await device.sleep(1);
    return isInformed;
  };
  await until("the device receives the other endpoint", hello, 100_000);
  expect(learned).toEqual([[near.mqtt, far.mqtt]]);
}, 120_000);

it("while a region is stopped, device and API use the other; its queued events are delivered after the restart", async () => {
  const { url, values } = await target();
  await at(near)("POST", "/v1/integrations", { event: "kept", url });
  const { start, shown, call } = await newDevice();
  const device = start({ functions: { led: Number } });
  await device.connect();
  onTestFinished(() => control(near, "POST /start"));
  await control(near, "POST /stop", { services: ["functions"] });
  for (const n of ["1", "2", "3"]) await device.publish("kept", n, { durable: false });

  const dynamo = new DynamoDBClient(clientOptions("us-east-1", far.services.tables.url));
  onTestFinished(() => dynamo.destroy());
  await control(near, "POST /stop");
  await expect(fetch(near.api)).rejects.toThrow("fetch failed");
  await expect(dynamo.send(new ListTablesCommand({}))).rejects.toThrow();
  await until("the device is disconnected", () => !device.connected);
  await device.publish("kept", "4");
  await until(
    "an event arrives through the other region",
    () => values("data").includes("4"),
    30_000,
  );
  await until("a call reaches the device there", async () => (await call(far, "5")) === 5, 30_000);
  expect(await shown(far)).toMatchObject({ online: true });
  expect(values("data")).toEqual(["4"]);

  await control(near, "POST /start");
  await until("all events arrive", () => new Set(values("data")).size === 4, 30_000);
  expect([values("data")[0], ...values("data").slice(1).sort()]).toEqual(["4", "1", "2", "3"]);
  for (const place of [near, far]) {
    expect(await shown(place)).toMatchObject({ online: true });
    expect(await call(place, "6")).toBe(6);
  }
}, 120_000);

it("while a region's database fails, new functions read the replica; while all fail, events wait and none is lost", async () => {
  const { url, values } = await target();
  await at(near)("POST", "/v1/integrations", { event: "copied", url });
  const { id, start } = await newDevice();
  const device = start({ endpoints: [near.mqtt] });
  await device.connect();
  onTestFinished(async () => {
    for (const region of [near, far]) await control(region, "DELETE /faults/tables");
  });
  await until("the replica has the device", async () => (await shownIn(far, id)) === 200);
  await control(near, "PUT /faults/tables", databaseDown);
  await restartFunctions(near);
  await device.publish("copied", "1");
  await until(
    "the event is delivered with settings of the replica",
    () => values("data").includes("1"),
    30_000,
  );
  expect(await shownIn(near, id)).toBe(200);

  await control(far, "PUT /faults/tables", databaseDown);
  await restartFunctions(near);
  logged = "";
  for (const n of ["2", "3", "4"]) await device.publish("copied", n, { durable: false });
  await until(
    "route leaves the messages in the queue",
    () => logged.includes("message left in the queue"),
    30_000,
  );
  expect(values("data")).toEqual(["1"]);
  for (const region of [near, far]) await control(region, "DELETE /faults/tables");
  // On AWS, failed messages are visible again after the visibility timeout of some minutes.
  await restartFunctions(near);
  await until("all events arrive", () => new Set(values("data")).size === 4, 30_000);
  expect(values("data").toSorted()).toEqual(["1", "2", "3", "4"]);
}, 120_000);

it("a database fault affects clients of every region until it is cleared", async () => {
  const here = new DynamoDBClient(clientOptions("us-east-1", near.services.tables.url));
  const there = new DynamoDBClient(clientOptions("us-east-1", far.services.tables.url));
  onTestFinished(() => [here, there].forEach((client) => void client.destroy()));
  const error = { status: 400, code: "ProvisionedThroughputExceededException" };
  await control(near, "PUT /faults/tables", { error });
  for (const client of [here, there]) {
    await expect(client.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: error.code,
    });
  }
  expect((await control(near)).services.tables.fault.error).toMatchObject(error);
  await control(near, "DELETE /faults/tables");
  await here.send(new ListTablesCommand({}));
});
