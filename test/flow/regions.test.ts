import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DescribeEndpointCommand, IoTClient } from "@aws-sdk/client-iot";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { Cloud, CloudRegion } from "../../local/cloud.ts";
import { apiClient, connectDevice } from "./support/client.ts";
import { control } from "./support/control.ts";
import { target } from "./support/target.ts";
import { startTestCloud } from "./support/testCloud.ts";
import { until } from "./support/until.ts";

/** The templates of these regions may have to be written first. */
const synthesizeMsMax = 240_000;

let cloud: Cloud;
let near: CloudRegion;
let far: CloudRegion;

beforeAll(async () => {
  cloud = await startTestCloud({ regions: ["us-east-1", "eu-west-1"] });
  [near, far] = cloud.regions as [CloudRegion, CloudRegion];
}, synthesizeMsMax);
afterAll(() => cloud.stop());

/** How a function of `near` reaches a service of `region`. */
const clientOptions = (region: string, endpoint: string) => {
  const { accessKeyId, secretAccessKey } = near.services.invocation;
  return { region, endpoint, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
};

it("the first region is the one at the top, and all of them trust one authority", () => {
  expect(cloud.regions.map(({ region }) => region)).toEqual(["us-east-1", "eu-west-1"]);
  expect([cloud.api, cloud.mqtt]).toEqual([near.api, near.mqtt]);
  expect(far.services.iot.caPem).toBe(near.services.iot.caPem);
});

it("a client that is made for another region gets there by the only endpoint it knows", async () => {
  const iot = new IoTClient(clientOptions("eu-west-1", near.services.iot.controlUrl));
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
});

it("a user of one region is one in the other when the row has been replicated, and not while that waits", async () => {
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
  // Who was told once that a token is wrong remembers it for a moment.
  await until("the token counts", async () => (await status(far, token)) === 200, 60_000);
}, 90_000);

it("a region that is stopped is gone for everybody, and what lay in its queues is delivered when it is back", async () => {
  const { url, values } = await target();
  await apiClient(cloud, cloud.user.token)("POST", "/v1/integrations", { event: "kept", url });
  const device = await connectDevice(cloud, cloud.device);
  await control(near, "POST /stop", { services: ["functions"] });
  const topic = `events/${cloud.device.fleet}/${cloud.device.id}/kept`;
  for (const n of ["1", "2", "3"]) await device.publishAsync(topic, n, { qos: 1 });

  const dynamo = new DynamoDBClient(clientOptions("us-east-1", far.services.tables.url));
  onTestFinished(() => dynamo.destroy());
  await control(near, "POST /stop");
  await expect(fetch(near.api)).rejects.toThrow("fetch failed");
  await expect(dynamo.send(new ListTablesCommand({}))).rejects.toThrow();
  await until("the device is cut", () => !device.connected);
  expect((await fetch(far.api)).status).toBe(404);
  expect(values("data")).toEqual([]);

  await control(near, "POST /start");
  expect((await fetch(near.api)).status).toBe(404);
  await until("all three arrive", () => new Set(values("data")).size === 3);
  const again = await connectDevice(cloud, cloud.device);
  await again.publishAsync(topic, "4", { qos: 1 });
  await until("the fourth arrives", () => values("data").includes("4"));
}, 90_000);

it("a database that fails is felt by who calls it, from whatever region, until it recovers", async () => {
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
