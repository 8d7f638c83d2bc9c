import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Cloud } from "../../../local/cloud.ts";
import { type ApiResponse, apiClient, openStream } from "../support/client.ts";
import { connectRawDevice, type RawDevice } from "../support/rawDevice.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: (method: string, path: string, body?: object | string) => Promise<ApiResponse>;
let db: DynamoDBDocumentClient;

beforeAll(async () => {
  cloud = await startTestCloud();
  ask = apiClient(cloud, cloud.user.token);
  db = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      region: "us-east-1",
      endpoint: cloud.services.tables.url,
      credentials: cloud.services.invocation,
    }),
  );
});
afterAll(() => cloud.stop());

const TableName = "godwit-sessions";

/** Deletes all rows of the session table. */
const wipe = async (): Promise<void> => {
  const { Items = [] } = await db.send(new ScanCommand({ TableName }));
  await Promise.all(
    Items.map(({ pk, sk }) => db.send(new DeleteCommand({ TableName, Key: { pk, sk } }))),
  );
};

const provisioned = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  private_key: z.string(),
});

const helloMessage = {
  firmware: "1.2.3",
  functions: ["led"],
  variables: { temperature: "double" },
};

interface QuietDevice extends RawDevice {
  readonly id: string;
  publish(): Promise<void>;
}

/**
 * A device that sends one hello, stays connected and publishes. It repeats the hello on request.
 */
const connectQuietDevice = async (i: number): Promise<QuietDevice> => {
  const { body } = await ask("POST", "/v1/devices", { provision: true });
  const { private_key: privateKey, ...made } = provisioned.parse(body);
  const device = await connectRawDevice(cloud, { ...made, privateKey }, () => ({ value: i }));
  const { client, hello } = device;
  await client.subscribeAsync([`calls/${made.id}`, `control/${made.id}`], { qos: 1 });
  client.on("message", (topic, payload) => {
    const { command } = JSON.parse(payload.toString());
    if (topic.startsWith("control/") && command === "hello") void hello(helloMessage);
  });
  await hello(helloMessage);
  const events = `events/${made.fleet}/${made.id}/woke`;
  // Every second device uses basic ingest.
  const topic = i % 2 === 0 ? events : `$aws/rules/godwit_events/${events}`;
  return {
    ...device,
    id: made.id,
    publish: async () => void (await client.publishAsync(topic, "1", { qos: 1 })),
  };
};

const shown = async (id: string) => (await ask("GET", `/v1/devices/${id}`)).body;

describe("when all sessions are deleted", () => {
  it("the first event of a device recovers its complete session", async () => {
    const devices = await Promise.all(Array.from({ length: 20 }, (_, i) => connectQuietDevice(i)));
    for (const { id } of devices) {
      await until("the session is complete", async () => {
        const { functions, last_ip_address } = await shown(id);
        return functions.length > 0 && last_ip_address !== null;
      });
    }
    const stream = await openStream(cloud, "/v1/devices/events/device/recovered", cloud.user.token);
    await until("the stream is open", () => stream.text().includes(":ok"));
    await wipe();
    for (const { id } of devices) expect((await shown(id)).functions).toEqual([]);
    await Promise.all(devices.map(({ publish }) => publish()));

    for (const [i, { id }] of devices.entries()) {
      const known = await until("the session is recovered", async () => {
        const body = await shown(id);
        return body.functions.length > 0 && body;
      });
      expect(known).toMatchObject({ connected: true, firmware: "1.2.3", functions: ["led"] });
      const called = await ask("POST", `/v1/devices/${id}/led`, { arg: "on" });
      expect(called).toMatchObject({ status: 200, body: { return_value: i, connected: true } });
      const { body } = await ask("GET", `/v1/devices/${id}/recoveries`);
      expect(body.recoveries).toMatchObject([{ id, issue: "session_lost", region: "us-east-1" }]);
    }
    const { body } = await ask("GET", "/v1/recoveries");
    expect(body.recoveries).toHaveLength(20);
    await until(
      "the owner receives an event for each recovery",
      () => stream.events().length === 20,
    );
    const asked = devices.flatMap(({ asked: all }) => all.filter(({ command }) => command));
    expect(asked.filter(({ command }) => command === "hello")).toHaveLength(20);
  });
});
