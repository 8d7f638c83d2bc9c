import { connect as connectTcp } from "node:net";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createConnectRateLimiter } from "../../../../local/iot/broker/connectRateLimiter.ts";
import { startTestCloud, type TestCloud } from "../support/cloud.ts";

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.stop());

it("admits what one second brings at once, then the rate, and counts whom it refuses", () => {
  let nowMs = 0;
  const connectRateLimiter = createConnectRateLimiter(
    3,
    () => nowMs,
    () => {},
  );
  const admitted = () => [1, 2, 3, 4, 5].filter(() => connectRateLimiter.tryAcquire()).length;
  expect(admitted()).toBe(3);
  nowMs += 1_000;
  expect(admitted()).toBe(3);
  expect(connectRateLimiter.rejected).toBe(4);
  connectRateLimiter.set(5);
  expect([connectRateLimiter.perSecond, admitted()]).toEqual([5, 5]);
});

it("hangs up on who connects when too many do, and takes them later", async () => {
  const [first, second] = [await cloud.addDevice(), await cloud.addDevice()];
  // The second one does not come in this century.
  cloud.iot.connectRateLimiter.set(1e-9);
  await expect(cloud.connect(first)).rejects.toThrow();
  cloud.iot.connectRateLimiter.set(500);
  await cloud.connect(second);
  await cloud.connect(first);
  const lines = cloud.logged.filter(([line]) => line === "connections rejected");
  expect(lines).toHaveLength(1);
});

it("shakes no hands with who is one too many", async () => {
  cloud.iot.connectRateLimiter.set(1e-9);
  onTestFinished(() => cloud.iot.connectRateLimiter.set(500));
  const socket = connectTcp({ port: cloud.iot.mqttPort, host: "127.0.0.1" });
  // Nothing was said: who is admitted is waited for.
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {});
  expect(await closed).toBe(true);
});

it("a broker that is killed tells nobody, and one that is revived knows nobody", async () => {
  const device = await cloud.addDevice();
  const client = await cloud.connect(device);
  const gone = new Promise((resolve) => client.once("close", () => resolve(undefined)));
  const presence = () =>
    cloud.bucket
      .filter(({ bucket, key }) => bucket === "presence" && key.includes(device.id))
      .map(({ key }) => key.split("/")[0]);
  cloud.iot.halt();
  await gone;
  await expect(cloud.connect(device)).rejects.toThrow();
  await cloud.iot.resume();
  await cloud.connect(device);
  expect(presence()).not.toContain("disconnected");
});
