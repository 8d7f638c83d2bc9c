import { connect as connectTcp } from "node:net";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createConnectRateLimiter } from "../../../../local/iot/broker/connectRateLimiter.ts";
import { startTestCloud, type TestCloud } from "../support/cloud.ts";

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.stop());

it("admits a burst of one second, then the rate, and counts rejections", () => {
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

it("closes connections above the rate, and accepts them later", async () => {
  const [first, second] = [await cloud.addDevice(), await cloud.addDevice()];
  // The rate admits no second connection during the test.
  cloud.iot.connectRateLimiter.set(1e-9);
  await expect(cloud.connect(first)).rejects.toThrow();
  cloud.iot.connectRateLimiter.set(500);
  await cloud.connect(second);
  await cloud.connect(first);
  const lines = cloud.logged.filter(([line]) => line === "connections rejected");
  expect(lines).toHaveLength(1);
});

it("rejects a connection above the rate before the TLS handshake", async () => {
  cloud.iot.connectRateLimiter.set(1e-9);
  onTestFinished(() => cloud.iot.connectRateLimiter.set(500));
  const socket = connectTcp({ port: cloud.iot.mqttPort, host: "127.0.0.1" });
  // No bytes were sent: an admitted connection is kept open.
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {});
  expect(await closed).toBe(true);
});

it("a killed broker publishes no presence events, and a revived one has no connections", async () => {
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
