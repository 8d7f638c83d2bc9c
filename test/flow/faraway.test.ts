import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createDevice } from "../../device/client.ts";
import type { Cloud, CloudRegion } from "../../local/cloud.ts";
import { apiClient } from "./support/client.ts";
import { control } from "./support/control.ts";
import { target } from "./support/target.ts";
import { startTestCloud } from "./support/testCloud.ts";
import { until } from "./support/until.ts";

let cloud: Cloud;
let near: CloudRegion;
let far: CloudRegion;

beforeAll(async () => {
  cloud = await startTestCloud({ regions: ["us-east-1", "eu-west-1"] });
  [near, far] = cloud.regions as [CloudRegion, CloudRegion];
}, 240_000);
afterAll(() => cloud.stop());

const at = (region: CloudRegion) => apiClient(region, cloud.user.token);

/** A device of the API's making, which knows every region's endpoint. */
const newDevice = async () => {
  const { status, body } = await at(near)("POST", "/v1/devices", { provision: true });
  expect(status).toBe(201);
  const device = createDevice({
    id: body.id,
    fleet: body.fleet,
    certificate: body.certificate,
    privateKey: body.private_key,
    ca: await readFile(join(cloud.state, "ca.pem"), "utf8"),
    endpoints: body.endpoints.map(({ mqtt }: { mqtt: string }) => mqtt),
    functions: { led: () => 1 },
    // The first waits are short.
    random: () => 0.1,
  });
  onTestFinished(() => device.close());
  return { device, endpoints: body.endpoints, id: body.id };
};

it("a device has the endpoints of all regions, moves by itself, and is called from either API", async () => {
  const { url, values } = await target();
  await at(near)("POST", "/v1/integrations", { event: "moved", url });
  const { device, endpoints, id } = await newDevice();
  expect(endpoints).toEqual([near, far].map(({ region, mqtt }) => ({ region, mqtt })));
  await device.connect();
  for (const region of [near, far]) {
    const called = await at(region)("POST", `/v1/devices/${id}/led`, { arg: "on" });
    expect([called.status, called.body.return_value]).toEqual([200, 1]);
  }

  await control(near, "POST /stop");
  await device.publish("moved", "1");
  await until("its event arrives by the other region", () => values("data").includes("1"), 60_000);
  expect(device.connected).toBe(true);
  const calling = () => at(far)("POST", `/v1/devices/${id}/led`, { arg: "on" });
  await until(
    "it is called where it is",
    async () => (await calling()).body.return_value === 1,
    60_000,
  );

  await control(near, "POST /start");
  const called = await at(near)("POST", `/v1/devices/${id}/led`, { arg: "on" });
  expect([called.status, called.body.return_value]).toEqual([200, 1]);
}, 180_000);

it("a region whose tables fail answers, routes and delivers by the copies of the other", async () => {
  const { url, values } = await target();
  await at(near)("POST", "/v1/integrations", { event: "copied", url });
  const list = await at(near)("GET", "/v1/devices");
  await control(near, "PUT /faults/tables", {
    error: { status: 500, code: "InternalServerError" },
  });
  onTestFinished(async () => void (await control(near, "DELETE /faults/tables")));
  const { device } = await (async () => {
    const { id, fleet, certificate, privateKey } = cloud.device;
    const ca = await readFile(join(cloud.state, "ca.pem"), "utf8");
    const given = { id, fleet, certificate, privateKey, ca, endpoints: [near.mqtt] };
    return { device: createDevice({ ...given, random: () => 0.1 }) };
  })();
  onTestFinished(() => device.close());
  await device.connect();
  await device.publish("copied", "1");
  await until("it is delivered", () => values("data").includes("1"), 60_000);
  const known = await at(near)("GET", "/v1/devices");
  expect(known.status).toBe(200);
  expect(known.body.map(({ id }: { id: string }) => id).sort()).toEqual(
    list.body.map(({ id }: { id: string }) => id).sort(),
  );
}, 180_000);
