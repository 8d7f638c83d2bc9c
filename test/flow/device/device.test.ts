import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createDevice } from "../../../device/client.ts";
import { fileOutbox } from "../../../device/outbox/fileOutbox.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient, connectDevice } from "../support/client.ts";
import { target } from "../support/target.ts";
import { testCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

/** A device client with a file outbox. */
const deviceOf = async (cloud: Cloud, file: string) => {
  const device = createDevice({
    ...cloud.device,
    ca: await readFile(join(cloud.state, "ca.pem"), "utf8"),
    endpoints: [cloud.mqtt],
    outbox: fileOutbox(file),
    functions: { led: () => 1 },
    variables: { temperature: { type: "double", read: () => 21.5 } },
  });
  onTestFinished(() => device.close());
  return device;
};

it("delivers each event once, across a restart and a connection takeover", async () => {
  const cloud = await testCloud();
  const folder = await mkdtemp(join(tmpdir(), "godwit-device-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { url, values } = await target();
  await apiClient(cloud, cloud.user.token)("POST", "/v1/integrations", {
    event: "n",
    url,
    integration_type: "Webhook",
  });

  const before = await deviceOf(cloud, join(folder, "outbox"));
  for (let n = 0; n < 20; n += 1) await before.publish("n", String(n), { quiet: n % 2 === 0 });
  await before.close();

  const device = await deviceOf(cloud, join(folder, "outbox"));
  const received: string[] = [];
  await device.subscribe("n", ({ data }) => void received.push(String(data)));
  await device.connect();
  for (let n = 20; n < 40; n += 1) await device.publish("n", String(n));
  // Another client with the same identity takes over the connection. The device reconnects.
  await connectDevice(cloud, cloud.device);
  for (let n = 40; n < 60; n += 1) await device.publish("n", String(n));
  await device.flush();
  expect(device.waiting).toBe(0);
  await until("all events arrive", () => new Set(values("data")).size === 60);
  expect(values("data")).toHaveLength(60);
  // The device receives its own events, except the quiet ones.
  await until("the device receives its own events", () => received.includes("59"));
  expect(received).not.toContain("0");
}, 60_000);

it("receives events that the API publishes, and reconnects when the cloud requests it", async () => {
  const cloud = await testCloud();
  const folder = await mkdtemp(join(tmpdir(), "godwit-device-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const device = await deviceOf(cloud, join(folder, "outbox"));
  const received: string[] = [];
  await device.subscribe("door/o", ({ name, sender, data }) => {
    received.push(`${sender} ${name} ${data}`);
  });
  await device.connect();
  const ask = apiClient(cloud, cloud.user.token);
  for (const name of ["door/closed", "door/opened"]) {
    await ask("POST", "/v1/devices/events", { name, data: "now" });
  }
  await until("the event is received", () => received.length > 0);
  expect(received).toEqual(["api door/opened now"]);

  const changes: string[] = [];
  device.on("disconnect", () => changes.push("disconnect"));
  device.on("connect", () => changes.push("connect"));
  expect(await cloud.admin({ reconnectDevices: { withinSeconds: 0 } })).toMatchObject({
    published: 1,
  });
  await until("the device is connected again", () => changes.includes("connect"));
  expect(changes).toEqual(["disconnect", "connect"]);
});
