import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  IoTDataPlaneClient,
  PublishCommand,
  SendDirectMessageCommand,
} from "@aws-sdk/client-iot-data-plane";
import type { MqttClient } from "mqtt";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  closed,
  credentials,
  type Device,
  heard,
  region,
  startTestCloud,
  type TestCloud,
} from "../support/cloud.ts";

let cloud: TestCloud;
let device: Device;
let client: MqttClient;

beforeAll(async () => {
  cloud = await startTestCloud();
});

afterAll(() => cloud.stop());

beforeEach(async () => {
  cloud.queue.length = 0;
  cloud.beforeSend = async () => {};
  cloud.beforePut = async () => {};
  device = await cloud.addDevice();
  client = await cloud.connect(device);
});

const failing = async () => {
  throw new Error("down");
};

describe("Publish", () => {
  const publish = (topic: string, payload: Uint8Array | string = "21.5", options = {}) =>
    cloud.data.send(new PublishCommand({ topic, payload: Buffer.from(payload), ...options }));

  it("stores a message in the queue before it responds, and reaches subscribers", async () => {
    await client.subscribeAsync("events/f1/#", { qos: 1 });
    const messages = heard(client);
    await publish("events/f1/api/a b/ü", "21.5", { qos: 1 });
    expect(cloud.queue.map((body) => JSON.parse(body).topic)).toEqual(["events/f1/api/a b/ü"]);
    await expect.poll(() => messages).toEqual(["events/f1/api/a b/ü 21.5"]);
  });

  it("reaches a device's acks", async () => {
    await client.subscribeAsync(`acks/${device.id}`, { qos: 1 });
    const messages = heard(client);
    await publish(`acks/${device.id}`, "id1", { qos: 1 });
    await expect.poll(() => messages).toEqual([`acks/${device.id} id1`]);
  });

  it("retains a message on request", async () => {
    await publish("kept/http", "1", { retain: true });
    const messages = heard(client);
    await client.subscribeAsync("kept/http");
    await expect.poll(() => messages).toEqual(["kept/http 1"]);
  });

  it("runs only the rule with basic ingest", async () => {
    await publish("$aws/rules/godwit_events/events/f1/api/t");
    expect(cloud.queue.map((body) => JSON.parse(body).topic)).toEqual(["events/f1/api/t"]);
  });

  it("fails when the rule would lose the message", async () => {
    cloud.beforeSend = failing;
    cloud.beforePut = failing;
    await expect(publish("events/f1/api/t")).rejects.toMatchObject({
      name: "InternalFailureException",
    });
  });

  it.each([
    ["a wildcard", "events/+/t", {}],
    ["a reserved topic", "$SYS/x", {}],
    ["more than 7 slashes", "a/b/c/d/e/f/g/h/i", {}],
    ["QoS 2", "events/f1/api/t", { qos: 2 }],
  ])("rejects %s", async (_, topic, options) => {
    await expect(publish(topic, "", options)).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });

  it("rejects more than 128 KB", async () => {
    await publish("events/f1/api/t", Buffer.alloc(131_072));
    await expect(publish("events/f1/api/t", Buffer.alloc(131_073))).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
    });
    expect(cloud.queue).toHaveLength(1);
  });
});

describe("an invalid signature", () => {
  const publishAs = (options: object) =>
    new IoTDataPlaneClient({
      region,
      credentials,
      endpoint: cloud.iot.data.url,
      maxAttempts: 1,
      ...options,
    }).send(new PublishCommand({ topic: "events/f1/api/t" }));

  it.each([
    ["another secret", { credentials: { ...credentials, secretAccessKey: "wrong" } }],
    ["another access key", { credentials: { ...credentials, accessKeyId: "AKIAOTHER" } }],
    ["another region", { region: "eu-west-1" }],
    ["a clock that is hours away", { systemClockOffset: 7_200_000 }],
  ])("is rejected with %s", async (_, options) => {
    await expect(publishAs(options)).rejects.toMatchObject({ name: "ForbiddenException" });
    expect(cloud.queue).toEqual([]);
  });

  it("is rejected when it is missing", async () => {
    const answer = await fetch(`${cloud.iot.data.url}/topics/a`, { method: "POST" });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("x-amzn-errortype")).toBe("ForbiddenException");
    expect(await answer.json()).toEqual({ message: "the request is not signed" });
  });
});

describe("GetConnection", () => {
  const get = (clientId: string) => cloud.data.send(new GetConnectionCommand({ clientId }));

  it("returns the connection time of a client", async () => {
    const { connectedSince, ...connection } = await get(device.id);
    expect(connection).toMatchObject({
      connected: true,
      clientId: device.id,
      cleanSession: true,
      keepAliveDuration: 60,
    });
    expect(Math.abs(Date.now() - (connectedSince ?? 0))).toBeLessThan(60_000);
  });

  it("returns the reason of a disconnect", async () => {
    await client.endAsync();
    await expect
      .poll(() => get(device.id))
      .toMatchObject({ connected: false, disconnectReason: "CLIENT_INITIATED_DISCONNECT" });
  });

  it("fails for an unknown client", async () => {
    await expect(get("nobody")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("SendDirectMessage", () => {
  const send = (options: object = {}) =>
    cloud.data.send(
      new SendDirectMessageCommand({
        clientId: device.id,
        topic: `acks/${device.id}`,
        payload: Buffer.from("hello"),
        ...options,
      }),
    );

  it("reaches a client that subscribes to nothing", async () => {
    const messages = heard(client);
    await send();
    await expect.poll(() => messages).toEqual([`acks/${device.id} hello`]);
  });

  it("is confirmed once the client has acknowledged it, also a large one", async () => {
    const messages = heard(client);
    const payload = Buffer.alloc(100_000, "x");
    expect(await send({ payload, confirmation: true })).toMatchObject({ message: "OK" });
    expect(messages).toEqual([`acks/${device.id} ${payload}`]);
  });

  it("is not confirmed by the acknowledgement of another message", async () => {
    await client.subscribeAsync("events/f1/#", { qos: 1 });
    const messages = heard(client);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0
          ? send({ confirmation: true })
          : client.publishAsync(`events/f1/${device.id}/t`, "1", { qos: 1 }),
      ),
    );
    await expect.poll(() => messages).toHaveLength(20);
  });

  it("times out when the client does not acknowledge it", async () => {
    client.handleMessage = () => {};
    await expect(send({ confirmation: true, timeout: 1 })).rejects.toMatchObject({
      name: "GatewayTimeoutException",
    });
  });

  it("fails when the client is offline, also with a persistent session", async () => {
    await client.endAsync();
    const away = await cloud.connect(device, { clean: false });
    await away.subscribeAsync("events/f1/#", { qos: 1 });
    await away.endAsync();
    await expect.poll(() => send().catch(({ name }) => name)).toBe("ResourceNotFoundException");
  });

  it("is rejected on a topic that the client may not receive", async () => {
    await expect(send({ topic: "acks/other" })).rejects.toMatchObject({
      name: "ForbiddenException",
    });
  });

  it("is throttled when one client receives more than a hundred a second", async () => {
    // The time stands still.
    const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now());
    onTestFinished(() => clock.mockRestore());
    const once = new IoTDataPlaneClient({
      endpoint: cloud.iot.data.url,
      region,
      credentials,
      maxAttempts: 1,
    });
    const command = (id: string) =>
      new SendDirectMessageCommand({
        clientId: id,
        topic: `acks/${id}`,
        payload: Buffer.from("x"),
      });
    await Promise.all(Array.from({ length: 100 }, () => once.send(command(device.id))));
    await expect(once.send(command(device.id))).rejects.toMatchObject({
      name: "ThrottlingException",
      $metadata: { httpStatusCode: 429 },
    });
    const other = await cloud.addDevice();
    await cloud.connect(other);
    await once.send(command(other.id));
    once.destroy();
  });

  it.each([{ topic: "$aws/x" }, { topic: "acks/#" }, { confirmation: true, timeout: 16 }])(
    "is rejected with %j",
    async (options) => {
      await expect(send(options)).rejects.toMatchObject({ name: "InvalidRequestException" });
    },
  );
});

describe("DeleteConnection", () => {
  const remove = (options: object = {}) =>
    cloud.data.send(new DeleteConnectionCommand({ clientId: device.id, ...options }));

  const topic = () => `events/f1/${device.id}/gone`;
  const will = () => ({ topic: topic(), payload: Buffer.from(""), qos: 1, retain: false }) as const;

  it("closes a client's connection and publishes its will", async () => {
    const cut = closed(await cloud.connect(device, { will: will() }));
    await remove();
    await cut;
    await expect.poll(() => cloud.queue.map((body) => JSON.parse(body).topic)).toEqual([topic()]);
  });

  it("does not publish the will on request", async () => {
    const cut = closed(await cloud.connect(device, { will: will() }));
    await remove({ preventWillMessage: true });
    await cut;
    await cloud.data.send(new PublishCommand({ topic: "events/f1/api/after" }));
    expect(cloud.queue.map((body) => JSON.parse(body).topic)).toEqual(["events/f1/api/after"]);
  });

  it("deletes a persistent session on request", async () => {
    const first = await cloud.connect(device, { clean: false });
    await first.subscribeAsync("events/f1/#", { qos: 1 });
    const cut = closed(first);
    await remove({ cleanSession: true });
    await cut;
    const back = await cloud.connect(device, { clean: false });
    const messages = heard(back);
    await cloud.data.send(new PublishCommand({ topic: topic(), qos: 1 }));
    await back.subscribeAsync(`acks/${device.id}`);
    expect(messages).toEqual([]);
  });

  it("fails without a connection and a session", async () => {
    await expect(remove({ clientId: "nobody" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
