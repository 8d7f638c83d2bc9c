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
  cloud.queue.length = 0;
  cloud.bucket.length = 0;
  cloud.beforeSend = async () => {};
  cloud.beforePut = async () => {};
  device = await cloud.addDevice();
  client = await cloud.connect(device);
});

const own = (name: string) => `events/f1/${device.id}/${name}`;

const failing = async () => {
  throw new Error("down");
};

const publish = (topic: string, payload: string | Buffer = "21.5", options = {}) =>
  client.publishAsync(topic, payload, { qos: 1, ...options });

describe("an event that a device publishes", () => {
  it("is in the queue, as selected by the rule's SQL, when it is acknowledged", async () => {
    await publish(own("t"), Buffer.from([0, 255]));
    expect(cloud.queue.map((body) => JSON.parse(body))).toEqual([
      {
        topic: own("t"),
        receivedAt: expect.any(Number),
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        data: "AP8=",
      },
    ]);
  });

  it("is not acknowledged before it is in the queue", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    cloud.beforeSend = () => promise;
    let acknowledged = false;
    const publishing = publish(own("t")).then(() => {
      acknowledged = true;
    });
    // The response to another client's later publish shows that there was enough time to answer
    // this one.
    const other = await cloud.addDevice();
    const others = await cloud.connect(other);
    cloud.beforeSend = async () => {};
    await others.publishAsync(`events/f1/${other.id}/t`, "", { qos: 1 });
    expect(acknowledged).toBe(false);
    resolve();
    await publishing;
  });

  it("is stored in the bucket when the queue fails, and is then acknowledged", async () => {
    cloud.beforeSend = failing;
    await publish(own("t"));
    const failed = cloud.bucket.filter(({ bucket }) => bucket === "failed");
    expect(failed.map(({ body }) => JSON.parse(body).topic)).toEqual([own("t")]);
    expect(failed[0]?.key).toMatch(/^events\/\d{13}-[0-9a-f-]{36}\.json$/);
  });

  it("is not acknowledged when queue and bucket fail: the connection is closed", async () => {
    cloud.beforeSend = failing;
    cloud.beforePut = async () => {
      throw new Error("down as well");
    };
    const cut = closed(client);
    let acknowledged = false;
    client.on("packetreceive", ({ cmd }) => {
      if (cmd === "puback") acknowledged = true;
    });
    client.publish(own("t"), "1", { qos: 1 });
    await cut;
    expect(acknowledged).toBe(false);
  });

  it("is acknowledged in order, even when a later event was stored first", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const [slow, fast] = [own("slow"), own("fast")];
    let sends = 0;
    cloud.beforeSend = () => (sends++ === 0 ? promise : Promise.resolve());
    const order: string[] = [];
    const first = publish(slow).then(() => order.push("slow"));
    const second = publish(fast).then(() => order.push("fast"));
    await expect.poll(() => cloud.queue.length).toBe(1);
    resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(["slow", "fast"]);
  });

  it("does not wait for the events of other clients", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    cloud.beforeSend = () => promise;
    const stuck = publish(own("t"));
    await expect.poll(() => cloud.iot.counts.rulesTriggered).toBeGreaterThan(0);
    const other = await cloud.addDevice();
    const others = await cloud.connect(other);
    cloud.beforeSend = async () => {};
    await others.publishAsync(`events/f1/${other.id}/t`, "", { qos: 1 });
    resolve();
    await stuck;
  });

  it("reaches live subscribers of its fleet only", async () => {
    const [mate, stranger] = [await cloud.addDevice("f1"), await cloud.addDevice("f2")];
    const [near, far] = [await cloud.connect(mate), await cloud.connect(stranger)];
    await near.subscribeAsync("events/f1/#", { qos: 1 });
    await far.subscribeAsync("events/f2/#", { qos: 1 });
    const [nearby, distant] = [heard(near), heard(far)];
    await publish(own("t"));
    await far.publishAsync(`events/f2/${stranger.id}/t`, "own", { qos: 1 });
    await expect.poll(() => nearby).toEqual([`${own("t")} 21.5`]);
    await expect.poll(() => distant).toEqual([`events/f2/${stranger.id}/t own`]);
  });

  it("runs only its rule with basic ingest", async () => {
    await client.subscribeAsync("events/f1/#");
    const messages = heard(client);
    await publish(`$aws/rules/godwit_events/${own("quiet")}`);
    await publish(own("loud"));
    await expect.poll(() => messages).toEqual([`${own("loud")} 21.5`]);
    expect(cloud.queue.map((body) => JSON.parse(body).topic)).toEqual([own("quiet"), own("loud")]);
  });

  it("is stored without an acknowledgement at QoS 0", async () => {
    await publish(own("t"), "0", { qos: 0 });
    await expect.poll(() => cloud.queue).toHaveLength(1);
  });

  it("may have 128 KB, and a topic of 256 bytes and 7 slashes", async () => {
    const deep = own("a/b/c/d/");
    await publish(deep + "n".repeat(256 - deep.length), Buffer.alloc(131_072));
    expect(cloud.queue).toHaveLength(1);
  });

  it("is published by the broker as a will when its device is lost", async () => {
    const will = {
      topic: own("gone"),
      payload: Buffer.from("bye"),
      qos: 1,
      retain: false,
    } as const;
    const lost = await cloud.connect(device, { will });
    lost.stream.destroy();
    await expect
      .poll(() => cloud.queue.map((body) => JSON.parse(body).topic))
      .toContain(own("gone"));
  });
});

describe("the log", () => {
  const said = () => cloud.logged.filter(([, fields]) => fields?.client === device.id);

  it("reports the reason of a closed connection once", async () => {
    const cut = closed(client);
    for (let i = 0; i < 3; i += 1) client.publish("events/f1/other/t", "", { qos: 1 });
    await cut;
    expect(said()).toEqual([
      [
        "connection closed by the broker",
        expect.objectContaining({
          principal: device.certificateId,
          reason: "not allowed: iot:Publish on topic/events/f1/other/t",
        }),
      ],
    ]);
  });

  it("reports nothing when a client disconnects before its publish is stored", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    cloud.beforeSend = () => promise;
    const before = cloud.iot.counts.publishesIn;
    client.publish(own("t"), "", { qos: 1 });
    await expect.poll(() => cloud.iot.counts.publishesIn).toBe(before + 1);
    await client.endAsync(true);
    resolve();
    await expect.poll(() => cloud.queue).toHaveLength(1);
    await cloud.connect(device);
    expect(said()).toEqual([]);
  });
});

describe("the connection of a device is closed, and nothing stored, when it publishes", () => {
  const refused: [string, () => Promise<unknown>][] = [
    ["another device's topic", () => publish("events/f1/other/t")],
    ["another fleet's topic", () => publish(`events/f2/${device.id}/t`)],
    ["an event without a name", () => publish(own(""))],
    ["another rule's basic ingest", () => publish(`$aws/rules/presence/${own("t")}`)],
    ["a presence event", () => publish(`$aws/events/presence/connected/${device.id}`)],
    ["a topic of the broker itself", () => publish("$SYS/x/new/clients")],
    ["with QoS 2", () => publish(own("t"), "", { qos: 2 })],
    ["more than 128 KB", () => publish(own("t"), Buffer.alloc(131_073))],
    ["to more than 256 bytes of topic", () => publish(own("n".repeat(222)))],
    ["to more than 7 slashes", () => publish(own("a/b/c/d/e/f"))],
    ["a retained message without permission", () => publish(own("t"), "", { retain: true })],
  ];

  it.each(refused)("%s", async (_, publishing) => {
    const cut = closed(client);
    publishing().catch(() => {});
    await cut;
    expect(cloud.queue).toEqual([]);
  });

  it("another message in the same write as a rejected one", async () => {
    const cut = closed(client);
    client.stream.cork();
    client.publish("events/f1/other/t", "", { qos: 0 });
    client.publish(own("t"), "", { qos: 0 });
    client.stream.uncork();
    await cut;
    expect(cloud.queue).toEqual([]);
  });

  it("a will without permission to publish", async () => {
    const will = { topic: "events/f1/other/gone", payload: Buffer.from(""), qos: 1 as const };
    await expect(cloud.connect(device, { will })).rejects.toThrow();
  });
});

describe("billing", () => {
  it("is counted by kind", async () => {
    const billed = await cloud.addDevice("billed");
    const its = await cloud.connect(billed);
    const topic = `events/billed/${billed.id}/t`;
    // Its presence event is counted as well, so the test waits for it.
    const isAnnounced = () => cloud.bucket.some(({ key }) => key === `connected/${billed.id}`);
    await expect.poll(isAnnounced).toBe(true);
    const before = { ...cloud.iot.counts };
    await its.subscribeAsync("events/billed/#", { qos: 1 });
    await its.publishAsync(topic, Buffer.alloc(5_121), { qos: 1 });
    await its.publishAsync(`$aws/rules/godwit_events/${topic}`, "1", { qos: 1 });
    await expect
      .poll(() => cloud.iot.counts)
      .toEqual({
        ...before,
        subscribes: before.subscribes + 1,
        publishesIn: before.publishesIn + 2,
        basicIngests: before.basicIngests + 1,
        deliveriesOut: before.deliveriesOut + 2,
        deviceAcks: before.deviceAcks + 1,
        rulesTriggered: before.rulesTriggered + 3,
        ruleActions: before.ruleActions + 3,
      });
  });
});
