import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startIot } from "../../../local/iot/iot.ts";
import { closed, makeResource, startTestCloud, type TestCloud } from "./support/cloud.ts";

let folder: string;
const clouds: TestCloud[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "godwit-iot-"));
});

afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.stop();
  await rm(folder, { recursive: true });
});

const start = async () => {
  const cloud = await startTestCloud({ folder });
  clouds.push(cloud);
  return cloud;
};

const files = async (): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
};

describe("after a restart", () => {
  it("a device connects with its certificate and trusts the same authority", async () => {
    const before = await start();
    const device = await before.addDevice();
    // A second instance on the same folder without stopping the first, as after a kill.
    const after = await start();
    expect(after.iot.caPem).toBe(before.iot.caPem);
    const client = await after.connect(device);
    await client.publishAsync(`events/f1/${device.id}/t`, "1", { qos: 1 });
    expect(after.queue).toHaveLength(1);
  });

  it("a file that was being written at a kill is removed", async () => {
    const before = await start();
    const { id } = await before.addDevice();
    await writeFile(join(folder, "things", `${id}.json.1.unfinished`), '{"na');
    const after = await start();
    await after.addDevice();
    expect((await files()).filter((file) => file.endsWith(".unfinished"))).toEqual([]);
  });
});

describe("the folder", () => {
  it("is readable by its owner only", async () => {
    const cloud = await start();
    await cloud.addDevice();
    const modes = await Promise.all(
      (await files()).map(async (file) => (await stat(file)).mode & 0o777),
    );
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });
});

describe("the start", () => {
  const options = () => ({
    region: "us-east-1",
    account: "000000000000",
    folder,
    mqttPort: 0,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    queues: { send: async () => {} },
    buckets: { put: async () => {} },
    tables: { put: async () => {} },
    log: () => {},
  });

  it("fails when the MQTT port is in use", async () => {
    const server = createServer();
    const mqttPort = await new Promise<number>((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
    );
    await expect(startIot({ ...options(), mqttPort })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    server.close();
  });

  it.each([
    ["an action", { Actions: [{ Lambda: { FunctionArn: "x" } }] }, "Lambda"],
    ["a property of an action", { Actions: [{ Sqs: { QueueUrl: "q", RoleArn: "r", X: 1 } }] }, "X"],
    ["a rule property", { BatchSize: 1 }, "BatchSize"],
    ["an SQL function", { Sql: "SELECT sin(1) AS x FROM 'e'" }, "sin"],
  ])("rejects an unknown %s", async (_, more, name) => {
    const iot = await startIot(options());
    const TopicRulePayload = {
      Sql: "SELECT * FROM 'e'",
      AwsIotSqlVersion: "2016-03-23",
      Actions: [{ Sqs: { QueueUrl: "q", RoleArn: "r" } }],
      ...more,
    };
    const making = () => makeResource(iot, "AWS::IoT::TopicRule", { TopicRulePayload });
    expect(making).toThrow(name);
    await iot.stop();
  });
});

describe("the stop", () => {
  it("completes and acknowledges publishes in flight", async () => {
    const cloud = await start();
    const device = await cloud.addDevice();
    const client = await cloud.connect(device);
    const { promise, resolve } = Promise.withResolvers<void>();
    cloud.beforeSend = () => promise;
    const published = client.publishAsync(`events/f1/${device.id}/t`, "1", { qos: 1 });
    await expect.poll(() => cloud.iot.counts.publishesIn).toBe(1);
    const cut = closed(client);
    const stopping = cloud.iot.stop();
    // The stop has started and waits.
    await expect(cloud.connect(device)).rejects.toThrow();
    resolve();
    await published;
    await stopping;
    await cut;
    expect(cloud.queue).toHaveLength(1);
    await expect(cloud.connect(device)).rejects.toThrow();
  });
});
