import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient, connectDevice, openStream } from "../support/client.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

const tokenAnswer = z.object({ token: z.string() });
const identity = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  privateKey: z.string(),
});

/** Adds a second user with a device by the admin function. */
interface OtherUser {
  readonly token: string;
  readonly device: z.output<typeof identity>;
}

let cloud: Cloud;
let otherUser: OtherUser;

beforeAll(async () => {
  cloud = await startTestCloud();
  const username = "other@example.com";
  await cloud.admin({ addUser: { username, password: "another password" } });
  const { token } = tokenAnswer.parse(await cloud.admin({ addToken: { username } }));
  const device = await cloud.admin({ addDevice: { username, name: "theirs" } });
  otherUser = { token, device: identity.parse(device) };
});
afterAll(() => cloud.stop());

describe("a device (I6)", () => {
  it.each([
    ["another device's events", () => `events/${cloud.device.fleet}/${"0".repeat(24)}/x`],
    ["another fleet's events", () => `events/${otherUser.device.fleet}/${cloud.device.id}/x`],
    ["an event without a name", () => `events/${cloud.device.fleet}/${cloud.device.id}/`],
    ["a topic outside of events/", () => `elsewhere/${cloud.device.id}`],
    ["its own acks", () => `acks/${cloud.device.id}`],
    ["a presence event", () => `$aws/events/presence/connected/${cloud.device.id}`],
  ])("that publishes %s is disconnected", async (_, topic) => {
    const device = await connectDevice(cloud, cloud.device);
    const closed = new Promise<void>((resolve) => device.once("close", () => resolve()));
    device.publish(topic(), "x", { qos: 1 }, () => {});
    await closed;
  });

  it("receives the events of its fleet and its own acks", async () => {
    const device = await connectDevice(cloud, cloud.device);
    const filters = [`events/${cloud.device.fleet}/#`, `acks/${cloud.device.id}`];
    const granted = await device.subscribeAsync(filters, { qos: 1 });
    expect(granted.map(({ qos }) => qos)).toEqual([1, 1]);
  });

  it.each([
    ["another fleet", () => `events/${otherUser.device.fleet}/#`],
    ["all fleets", () => "events/#"],
    ["everything", () => "#"],
    ["another device's acks", () => `acks/${otherUser.device.id}`],
  ])("that subscribes to %s is disconnected", async (_, filter) => {
    const device = await connectDevice(cloud, cloud.device);
    const closed = new Promise<void>((resolve) => device.once("close", () => resolve()));
    device.subscribe(filter(), { qos: 1 }, () => {});
    await closed;
  });

  it("cannot connect with the id of another device", async () => {
    const impostor = connectDevice(cloud, { ...otherUser.device, id: cloud.device.id });
    await expect(impostor).rejects.toThrow();
  });
});

describe("a user (I6)", () => {
  it("can access only their own devices and integrations", async () => {
    const { url } = await target();
    const own = apiClient(cloud, cloud.user.token);
    const theirs = apiClient(cloud, otherUser.token);
    const made = await own("POST", "/v1/integrations", { event: "x", url });
    expect((await theirs("GET", "/v1/integrations")).body).toEqual([]);
    for (const [method, path] of [
      ["GET", `/v1/integrations/${made.body.id}`],
      ["GET", `/v1/integrations/${made.body.id}/dead-letters`],
      ["DELETE", `/v1/integrations/${made.body.id}`],
      ["GET", `/v1/devices/${cloud.device.id}/events`],
    ] as const) {
      expect(await theirs(method, path)).toMatchObject({ status: 404, body: { ok: false } });
    }
    const devices = (await theirs("GET", "/v1/devices")).body;
    expect(devices.map(({ id }: { id: string }) => id)).toEqual([otherUser.device.id]);
  });

  it("receives no event of another fleet, neither by stream nor by webhook", async () => {
    const hooked = await target();
    const theirs = apiClient(cloud, otherUser.token);
    await theirs("POST", "/v1/integrations", { event: "secret", url: hooked.url });
    await theirs("POST", "/v1/integrations", { event: "own", url: hooked.url });
    const stream = await openStream(cloud, "/v1/devices/events", otherUser.token);
    await until("the stream is open", () => stream.text().includes(":ok"));
    await apiClient(cloud, cloud.user.token)("POST", "/v1/devices/events", {
      name: "secret",
      data: "1",
    });
    await theirs("POST", "/v1/devices/events", { name: "own", data: "2" });
    await until("the webhook receives the user's own event", () => hooked.received.length > 0);
    await until("the stream receives the user's own event", () => stream.events().length > 0);
    expect(hooked.values("event")).toEqual(["own"]);
    // The response event of the user's own delivery may have arrived too.
    const seen = stream.events().map(({ event }) => event);
    expect(seen.filter((event) => event !== "hook-sent/own")).toEqual(["own"]);
  });
});
