import { setTimeout as wait } from "node:timers/promises";
import { DeleteConnectionCommand } from "@aws-sdk/client-iot-data-plane";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  closed,
  type Device,
  makeResource,
  startTestCloud,
  type TestCloud,
} from "./support/cloud.ts";

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});

afterAll(() => cloud.stop());

/** Presence events of a device that rules received, oldest first. */
const presence = (device: Device) =>
  cloud.bucket
    .filter(({ bucket, key }) => bucket === "presence" && key.endsWith(device.id))
    .map(({ body }) => JSON.parse(body));

const reason = async (device: Device, number = 1): Promise<string> => {
  const isOver = ({ eventType }: { eventType: string }) => eventType === "disconnected";
  await expect.poll(() => presence(device).filter(isOver)).toHaveLength(number);
  return presence(device).findLast(isOver).disconnectReason;
};

describe("a rule receives", () => {
  it("connects and disconnects with all fields of IoT Core", async () => {
    const device = await cloud.addDevice();
    const client = await cloud.connect(device);
    await client.endAsync();
    await expect.poll(() => presence(device)).toHaveLength(2);
    const [came, went] = presence(device);
    expect(came).toEqual({
      clientId: device.id,
      timestamp: expect.any(Number),
      eventType: "connected",
      sessionIdentifier: expect.stringMatching(/^[0-9a-f]{32}$/),
      principalIdentifier: device.certificateId,
      ipAddress: "127.0.0.1",
      versionNumber: 0,
    });
    expect(went).toEqual({
      clientId: device.id,
      timestamp: expect.any(Number),
      eventType: "disconnected",
      sessionIdentifier: came.sessionIdentifier,
      principalIdentifier: device.certificateId,
      clientInitiatedDisconnect: true,
      disconnectReason: "CLIENT_INITIATED_DISCONNECT",
      versionNumber: 0,
    });
  });

  it("an increasing version and a new session id per connection", async () => {
    const device = await cloud.addDevice();
    await (await cloud.connect(device)).endAsync();
    await (await cloud.connect(device)).endAsync();
    await expect.poll(() => presence(device)).toHaveLength(4);
    expect(presence(device).map(({ versionNumber }) => versionNumber)).toEqual([0, 0, 1, 1]);
    expect(new Set(presence(device).map((event) => event.sessionIdentifier)).size).toBe(2);
  });

  it("a lost connection", async () => {
    const device = await cloud.addDevice();
    (await cloud.connect(device)).stream.destroy();
    expect(await reason(device)).toBe("CONNECTION_LOST");
  });

  it("the disconnect of a replaced client before the connect of the new one", async () => {
    const device = await cloud.addDevice();
    await cloud.connect(device);
    await cloud.connect(device);
    expect(await reason(device)).toBe("DUPLICATE_CLIENTID");
    await expect.poll(() => presence(device)).toHaveLength(3);
    const order = presence(device).map(({ eventType, versionNumber }) => [
      eventType,
      versionNumber,
    ]);
    expect(order).toEqual([
      ["connected", 0],
      ["disconnected", 0],
      ["connected", 1],
    ]);
  });

  it("a disconnect for a denied operation", async () => {
    const device = await cloud.addDevice();
    const client = await cloud.connect(device);
    client.publish("events/f2/x/t", "");
    expect(await reason(device)).toBe("AUTH_ERROR");
  });

  it("a disconnect for a violated limit", async () => {
    const device = await cloud.addDevice();
    const client = await cloud.connect(device);
    client.publish(`events/f1/${device.id}/t`, Buffer.alloc(131_073));
    expect(await reason(device)).toBe("CLIENT_ERROR");
  });

  it("a disconnect by the API", async () => {
    const device = await cloud.addDevice();
    const cut = closed(await cloud.connect(device));
    await cloud.data.send(new DeleteConnectionCommand({ clientId: device.id }));
    await cut;
    expect(await reason(device)).toBe("API_INITIATED_DISCONNECT");
  });

  it("events with a filter that has single-level wildcards", async () => {
    makeResource(cloud.iot, "AWS::IoT::TopicRule", {
      RuleName: "godwit_presence",
      TopicRulePayload: {
        Sql: "SELECT topic() AS topic, timestamp() AS receivedAt, newuuid() AS id, encode(*, 'base64') AS data FROM '$aws/events/presence/+/+'",
        AwsIotSqlVersion: "2016-03-23",
        Actions: [{ Sqs: { QueueUrl: "presence", RoleArn: "role", UseBase64: false } }],
      },
    });
    const device = await cloud.addDevice();
    await (await cloud.connect(device)).endAsync();
    const heard = () =>
      cloud.queue
        .map((body) => JSON.parse(body))
        .filter(({ topic }) => topic.endsWith(`/${device.id}`));
    await expect.poll(heard).toHaveLength(2);
    expect(heard().map(({ topic }) => topic)).toEqual([
      `$aws/events/presence/connected/${device.id}`,
      `$aws/events/presence/disconnected/${device.id}`,
    ]);
    const [{ data, id, receivedAt }] = heard();
    expect(JSON.parse(Buffer.from(data, "base64").toString())).toEqual(presence(device)[0]);
    expect({ id, receivedAt }).toEqual({ id: expect.any(String), receivedAt: expect.any(Number) });
  });

  it("nothing for a client that was rejected", async () => {
    const device = await cloud.addDevice("f1", []);
    await expect(cloud.connect(device)).rejects.toThrow();
    await wait(0);
    expect(presence(device)).toEqual([]);
  });
});
