import type { MqttClient } from "mqtt";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { closed, type Device, heard, startTestCloud, type TestCloud } from "../support/cloud.ts";

let cloud: TestCloud;
let device: Device;
let client: MqttClient;

beforeAll(async () => {
  cloud = await startTestCloud();
});

afterAll(() => cloud.stop());

beforeEach(async () => {
  device = await cloud.addDevice();
  client = await cloud.connect(device);
});

describe("a device may subscribe to", () => {
  it.each(["events/f1/#", "events/f1/+/temp", "events/f1/+/+/#"])("%s", async (filter) => {
    expect(await client.subscribeAsync(filter, { qos: 1 })).toMatchObject([
      { topic: filter, qos: 1 },
    ]);
  });

  it("its own acks", async () => {
    expect(await client.subscribeAsync(`acks/${device.id}`)).toMatchObject([{ qos: 0 }]);
  });

  it("50 filters, in packets of 8", async () => {
    for (let packet = 0; packet < 7; packet += 1) {
      const filters = Array.from(
        { length: packet < 6 ? 8 : 2 },
        (_, i) => `events/f1/${packet}/${i}`,
      );
      await client.subscribeAsync(filters);
    }
    await client.unsubscribeAsync("events/f1/0/0");
    await client.subscribeAsync("events/f1/again");
    expect(client.connected).toBe(true);
    const cut = closed(client);
    client.subscribeAsync("events/f1/one-too-many").catch(() => {});
    await cut;
  });
});

describe("the connection of a device is closed when it subscribes to", () => {
  it.each([
    "events/f2/#",
    "events/#",
    "events/+/temp",
    "#",
    "acks/other",
    "$aws/events/presence/#",
    "$aws/rules/godwit_events/#",
    "$SYS/#",
    "events/f1/1/2/3/4/5/6/7",
  ])("%s", async (filter) => {
    const cut = closed(client);
    client.subscribeAsync(filter).catch(() => {});
    await cut;
  });

  it("more than 8 filters at once", async () => {
    const cut = closed(client);
    client.subscribeAsync(Array.from({ length: 9 }, (_, i) => `events/f1/${i}`)).catch(() => {});
    await cut;
  });

  it("anything with QoS 2", async () => {
    const cut = closed(client);
    client.subscribeAsync("events/f1/#", { qos: 2 }).catch(() => {});
    await cut;
  });
});

describe("a message that a device subscribes to", () => {
  it("is not delivered when its policies allow subscribing but not receiving", async () => {
    await client.subscribeAsync(["unheard/#", "kept/#"], { qos: 1 });
    await client.publishAsync("unheard/a", "1", { qos: 1 });
    await client.publishAsync("kept/a", "2", { qos: 1 });
    await expect.poll(() => heard(client)).toEqual(["kept/a 2"]);
  });
});

describe("a retained message", () => {
  it("is delivered to later subscribers of exactly its topic until an empty message replaces it", async () => {
    const options = { qos: 1, retain: true } as const;
    await client.publishAsync("kept/a", "1", options);
    await client.publishAsync("kept/b", "2", options);
    await client.publishAsync("kept/b", "", options);
    const later = await cloud.connect(await cloud.addDevice());
    const messages = heard(later);
    await later.subscribeAsync("kept/#", { qos: 1 });
    await later.subscribeAsync("kept/b", { qos: 1 });
    await later.subscribeAsync("kept/a", { qos: 1 });
    await expect.poll(() => messages).toEqual(["kept/a 1"]);
  });
});

describe("a persistent session", () => {
  const persistent = { clean: false };

  it("keeps QoS 1 messages and subscriptions of an offline client", async () => {
    const reader = await cloud.addDevice();
    const first = await cloud.connect(reader, persistent);
    await first.subscribeAsync("events/f1/#", { qos: 1 });
    await first.endAsync();
    const topic = `events/f1/${device.id}/t`;
    await client.publishAsync(topic, "while away", { qos: 1 });
    await client.publishAsync(topic, "lost", { qos: 0 });

    const second = await cloud.connect(reader, persistent);
    await client.publishAsync(topic, "live", { qos: 1 });
    await expect.poll(() => heard(second)).toEqual([`${topic} while away`, `${topic} live`]);
    await second.endAsync();

    const third = await cloud.connect(reader, persistent);
    const again = heard(third);
    await client.publishAsync(topic, "once", { qos: 1 });
    await expect.poll(() => again).toEqual([`${topic} once`]);
  });

  it("ends when the client reconnects with a clean session", async () => {
    const reader = await cloud.addDevice();
    const first = await cloud.connect(reader, persistent);
    await first.subscribeAsync("events/f1/#", { qos: 1 });
    await first.endAsync();
    const clean = await cloud.connect(reader);
    await clean.endAsync();
    const back = await cloud.connect(reader, persistent);
    const messages = heard(back);
    await client.publishAsync(`events/f1/${device.id}/t`, "1", { qos: 1 });
    await back.subscribeAsync("events/f1/#");
    await client.publishAsync(`events/f1/${device.id}/t`, "2", { qos: 1 });
    await expect.poll(() => messages).toEqual([`events/f1/${device.id}/t 2`]);
  });
});
