import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { collected, sumsOf } from "../../support/collected.ts";
import { startTestCloud, type TestCloud } from "../support/cloud.ts";

// https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html#message-broker-metrics

let folder: string;
let cloud: TestCloud;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "godwit-iot-"));
  cloud = await startTestCloud({ folder });
});
afterEach(async () => {
  await cloud.stop();
  await rm(folder, { recursive: true });
});

const metrics = () => {
  const data = cloud.iot.metrics.flatMap(collected);
  return {
    mqtt: sumsOf(data, { Protocol: "MQTT" }),
    http: sumsOf(data, { Protocol: "HTTP" }),
  };
};

it("the broker counts what clients do, and what it refuses", async () => {
  expect(metrics()).toEqual({ mqtt: {}, http: {} });
  const device = await cloud.addDevice();
  const client = await cloud.connect(device);
  await client.publishAsync(`events/f1/${device.id}/t`, "1", { qos: 1 });
  expect(metrics().mqtt).toMatchObject({ "Connect.Success": 1, "PublishIn.Success": 1 });

  client.publish("not/mine", "1", { qos: 1 });
  await expect.poll(() => metrics().mqtt).toMatchObject({ "PublishIn.AuthError": 1 });
});

it("a connection beyond the limit counts as throttled", async () => {
  const device = await cloud.addDevice();
  cloud.iot.connectRateLimiter.set(0);
  cloud.connect(device).catch(() => {});
  await expect.poll(() => metrics().mqtt["Connect.Throttle"] ?? 0).toBeGreaterThan(0);
});
