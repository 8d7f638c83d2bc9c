import type { MqttClient } from "mqtt";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { closed, type Device, startTestCloud, type TestCloud } from "./support/cloud.ts";

let cloud: TestCloud;
let device: Device;
let client: MqttClient;

beforeAll(async () => {
  cloud = await startTestCloud();
});

afterAll(() => cloud.stop());

beforeEach(async () => {
  cloud.table.length = 0;
  cloud.bucket.length = 0;
  cloud.beforeSend = async () => {};
  device = await cloud.addDevice();
  client = await cloud.connect(device);
});

const id = "0123456789abcdef".repeat(2);

const answer = (payload: string, { id: by } = device) =>
  client.publishAsync(`$aws/rules/godwit_returns/returns/${by}`, payload, { qos: 1 });

describe("a device's reply", () => {
  it("is in the table under the device's name when it is acknowledged", async () => {
    const reply = JSON.stringify({ id, value: "21.5", device: "another" });
    const actions = cloud.iot.counts.ruleActions;
    await answer(reply);
    expect(cloud.table).toEqual([
      {
        table: "replies",
        item: {
          device: device.id,
          call: id,
          reply: Buffer.from(reply).toString("base64"),
          expiresAt: expect.any(Number),
        },
      },
    ]);
    expect(cloud.iot.counts.ruleActions - actions).toBeGreaterThan(0);
  });

  it("is not stored when it is malformed, and the device receives no error", async () => {
    await answer("not JSON");
    await answer('{"id":"../x"}');
    await answer("[]");
    expect(cloud.table).toEqual([]);
    expect(client.connected).toBe(true);
  });

  it("is stored in the bucket when the table fails", async () => {
    cloud.beforeSend = async () => {
      throw new Error("down");
    };
    const reply = JSON.stringify({ id });
    await answer(reply);
    const failed = cloud.bucket.filter(({ bucket }) => bucket === "failed");
    expect(failed.map(({ body }) => JSON.parse(body))).toMatchObject([
      {
        ruleName: "godwit_returns",
        base64OriginalPayload: Buffer.from(reply).toString("base64"),
        failures: [{ failedAction: "DynamoDBv2Action", failedResource: "replies" }],
      },
    ]);
  });

  it("cannot be sent for another device", async () => {
    const cut = closed(client);
    const other = await cloud.addDevice();
    void answer(JSON.stringify({ id }), other).catch(() => {});
    await cut;
    expect(cloud.table).toEqual([]);
  });
});
