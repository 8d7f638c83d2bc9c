import { describe, expect, it, vi } from "vitest";
import { announceEndpoints } from "#shared/presence/messages/announceEndpoints.ts";
import {
  endpointsFreshMs,
  endpointsIncompleteMs,
  endpointsListedMax,
} from "#shared/presence/messages/limits.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryProvisioning } from "../../../memory/device/provisioning.ts";
import { stoppedClock } from "../../../memory/samples.ts";

const device = "0123456789abcdef01234567";
const [near, far] = ["mqtts://near:8883", "mqtts://far:8883"] as const;

const world = (regions: readonly string[] = ["us-east-1", "eu-west-1"]) => {
  const clock = stoppedClock();
  const link = memoryLink("us-east-1");
  link.connected.set(device, { connected: true });
  const { rows, ...provisioning } = memoryProvisioning("us-east-1");
  rows.endpoints.set("us-east-1", near).set("eu-west-1", far);
  const endpoint = vi.fn(provisioning.endpoint);
  const onError = vi.fn();
  const tell = announceEndpoints({
    provisioning: { endpoint },
    link,
    regions,
    now: clock.now,
    onError,
  });
  const say = (hello: object | string, topic = `hello/${device}`) =>
    tell({ topic, data: Buffer.from(JSON.stringify(hello)).toString("base64") });
  return { clock, link, rows, endpoint, onError, say };
};

describe("a device that sends hello", () => {
  it("receives all endpoints when it lacks one", async () => {
    const { link, say } = world();
    await say({ firmware: "1", endpoints: [near] });
    const topic = `control/${device}`;
    const message = { command: "endpoints", endpoints: [near, far] };
    expect(link.sent).toEqual([{ device, topic, message }]);
  });

  it("receives nothing when it has them, in any order and with others", async () => {
    const { link, say } = world();
    await say({ endpoints: [far, "mqtts://own.example", near] });
    expect(link.sent).toEqual([]);
  });

  it.each([
    ["has no list", { firmware: "1" }],
    ["lists too many", { endpoints: Array.from({ length: endpointsListedMax + 1 }, String) }],
    ["lists what is no text", { endpoints: [7] }],
    ["is too long", { endpoints: ["x".repeat(257)] }],
    ["is no object", "hello"],
  ])("receives nothing, and no endpoint is read, when the hello %s", async (_, hello) => {
    const { link, endpoint, say } = world();
    await say(hello);
    expect(link.sent).toEqual([]);
    expect(endpoint).not.toHaveBeenCalled();
  });

  it("causes no read in a deployment of one region, nor does another message", async () => {
    const one = world(["us-east-1"]);
    await one.say({ endpoints: [] });
    expect(one.endpoint).not.toHaveBeenCalled();
    const two = world();
    await two.say({ endpoints: [] }, `$aws/events/presence/connected/${device}`);
    expect(two.endpoint).not.toHaveBeenCalled();
  });
});

it("reads the endpoints once for many devices, and again after a while: a region may have been added", async () => {
  const { clock, link, rows, endpoint, say } = world();
  await Promise.all([say({ endpoints: [near, far] }), say({ endpoints: [near, far] })]);
  expect(endpoint).toHaveBeenCalledTimes(2);
  rows.endpoints.set("eu-west-1", "mqtts://moved:8883");
  clock.ms += endpointsFreshMs - 1;
  await say({ endpoints: [near, far] });
  expect(link.sent).toEqual([]);
  clock.ms += 1;
  await say({ endpoints: [near, far] });
  expect(link.sent.map(({ message }) => message.endpoints)).toEqual([[near, "mqtts://moved:8883"]]);
});

it("reads again soon while a new region has not published its endpoint", async () => {
  const { clock, link, rows, say } = world(["us-east-1", "eu-west-1", "ap-south-1"]);
  await say({ endpoints: [near, far] });
  expect(link.sent).toEqual([]);
  rows.endpoints.set("ap-south-1", "mqtts://new:8883");
  clock.ms += endpointsIncompleteMs;
  await say({ endpoints: [near, far] });
  expect(link.sent.map(({ message }) => message.endpoints)).toEqual([
    [near, far, "mqtts://new:8883"],
  ]);
});

it("processes the hello when endpoints or device are unavailable, and retries at the next hello", async () => {
  const { link, endpoint, onError, say } = world();
  endpoint.mockRejectedValueOnce(new Error("throttled"));
  await say({ endpoints: [near] });
  expect(onError).toHaveBeenCalledOnce();
  await say({ endpoints: [near] });
  expect(link.sent).toHaveLength(1);
});
