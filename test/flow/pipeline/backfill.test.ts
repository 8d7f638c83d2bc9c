import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Cloud } from "../../../local/cloud.ts";
import type { DemoDevice } from "../../../local/demo/records.ts";
import { run } from "../../../restore/run.ts";
import { type ApiResponse, apiClient, connectDevice } from "../support/client.ts";
import { runNow } from "../support/runNow.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
type Ask = (method: string, path: string, body?: object | string) => Promise<ApiResponse>;
let ask: Ask;

beforeAll(async () => {
  cloud = await startTestCloud();
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

/**
 * Copies a table with its current rows. On AWS, point-in-time recovery does this; the emulator does
 * not have it.
 */
const copyOf = async (TableName: string): Promise<string> => {
  const place = JSON.parse(await readFile(join(cloud.state, "admin.json"), "utf8"));
  const { accessKeyId, secretAccessKey, region, tables: endpoint } = place;
  const db = new DynamoDBClient({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
  });
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  const copy = { TableName: "a-copy" };
  await db.send(
    new CreateTableCommand({
      ...copy,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: Table?.KeySchema,
      AttributeDefinitions: Table?.AttributeDefinitions,
    }),
  );
  await waitUntilTableExists({ client: db, maxWaitTime: 30, minDelay: 1 }, copy);
  const { Items = [] } = await db.send(new ScanCommand({ TableName }));
  for (const Item of Items) await db.send(new PutItemCommand({ ...copy, Item }));
  db.destroy();
  return copy.TableName;
};

/**
 * A lost integration of another user: its owner's client, its path, the target's port, and a table
 * copy with its row.
 */
let lost: { ask: Ask; path: string; port: number; copy: string };
const publishedSince = ["since 1", "since 2", "since 3", "since 4", "since 5"];

// Runs before the next test, which waits for the archive: one archive batch then has both.
it("accepts the events of a fleet while the row of its integration is lost", async () => {
  const username = "lost@example.com";
  await cloud.admin({ addUser: { username, password: "long enough" } });
  const { token } = (await cloud.admin({ addToken: { username } })) as { token: string };
  const who = (await cloud.admin({ addDevice: { username } })) as DemoDevice;
  const askAs = apiClient(cloud, token);
  const { url, received } = await target();
  await askAs("PUT", "/v1/archive", { enabled: true, days: 7 });
  const { body } = await askAs("POST", "/v1/integrations", { event: "lost", url });
  const path = `/v1/integrations/${body.id}`;
  const copy = await copyOf("godwit-integrations");
  expect((await askAs("DELETE", path)).status).toBe(200);
  const device = await connectDevice(cloud, who);
  for (const data of publishedSince) {
    await device.publishAsync(`events/${who.fleet}/${who.id}/lost`, data, { qos: 1 });
  }
  expect(received).toEqual([]);
  lost = { ask: askAs, path, port: Number(new URL(url).port), copy };
}, 60_000);

it("delivers archived events to an integration that is created later", async () => {
  expect((await ask("GET", "/v1/archive")).body.archive).toEqual({ enabled: false, days: 30 });
  const { url, received } = await target();
  const before = await ask("POST", "/v1/integrations", { event: "kept", url });
  const early = `/v1/integrations/${before.body.id}/backfill`;
  expect((await ask("POST", early, { from: 0 })).body.error_description).toContain("not archived");
  expect((await ask("PUT", "/v1/archive", { enabled: true, days: 400 })).status).toBe(400);
  const on = await ask("PUT", "/v1/archive", { enabled: true, days: 7 });
  expect(on.body.archive).toEqual({ enabled: true, days: 7 });

  const device = await connectDevice(cloud, cloud.device);
  const count = 30;
  for (let i = 0; i < count; i += 1) {
    const topic = `events/${cloud.device.fleet}/${cloud.device.id}/kept/${i}`;
    await device.publishAsync(topic, JSON.stringify({ i, text: "é 😀" }), { qos: 1 });
  }
  await until("all events are delivered", () => received.length >= count, 30_000);

  const later = await target();
  const { body: made } = await ask("POST", "/v1/integrations", { event: "kept/", url: later.url });
  const path = `/v1/integrations/${made.id}`;
  const plan = await until(
    "the events are archived",
    async () => {
      const { body } = await ask("POST", `${path}/backfill`, { from: 0, plan: true });
      return body.count === count && body;
    },
    // The event source mapping collects an archive batch for up to a minute.
    150_000,
  );
  expect(plan).toMatchObject({ plan: true, at_least: false, per_second: 20 });
  const again = await ask("POST", `${path}/backfill`, { from: 0, plan: true });
  expect(again.body).toMatchObject({ count });
  expect(later.received).toEqual([]);

  const preview = (await ask("POST", `${path}/preview`, { limit: 1 })).body;
  expect(preview.from).toBe("archive");
  const [shown] = preview.events;

  const archived = `/v1/archive/events?prefix=kept/&device=${cloud.device.name}&limit=20`;
  const { body: first } = await ask("GET", archived);
  const { body: rest } = await ask("GET", `${archived}&cursor=${first.cursor}`);
  expect(first.events).toHaveLength(20);
  const all = [...first.events, ...rest.events];
  expect(new Set(all.map(({ id }) => id)).size).toBe(count);
  expect(all).toContainEqual(
    expect.objectContaining({ name: "kept/0", data: '{"i":0,"text":"é 😀"}' }),
  );
  expect((await lost.ask("GET", "/v1/archive/events?prefix=kept")).body.events).toEqual([]);

  const { status, body } = await ask("POST", `${path}/backfill`, { from: 0, perSecond: 50 });
  expect(status).toBe(202);
  expect(body.job.total).toBe(count);
  const job = `${path}/jobs/${body.job.id}`;
  await until(
    "the job is done",
    async () => {
      const { body: progress } = await ask("GET", job);
      return progress.job.state === "done" && progress.job.done === count;
    },
    60_000,
  );
  await until("all events arrive", () => later.received.length >= count, 30_000);
  expect(later.received).toHaveLength(count);
  const twin = later.received.find(
    ({ headers }) => headers["webhook-id"] === shown.request.headers["webhook-id"],
  );
  expect(twin?.body).toBe(shown.request.body);
  expect(new Set(later.values("data"))).toEqual(
    new Set(Array.from({ length: count }, (_, i) => JSON.stringify({ i, text: "é 😀" }))),
  );

  const ledger = Object.keys(cloud.services.lambda.usage()).find((name) =>
    name.includes("Recordsledger"),
  );
  await until("the ledger counts all deliveries (I1)", async () => {
    // The template's schedule does this every minute.
    await runNow(cloud.services.lambda, ledger!);
    const { matched, delivered } = (await ask("GET", `${path}/ledger`)).body;
    return matched === count && delivered === count;
  });

  // A backfill to a target that received the events before repeats the delivery ids.
  const known = new Set(received.map(({ headers }) => headers["webhook-id"]));
  await ask("POST", early, { from: 0, perSecond: 50 });
  await until("all events arrive again", () => received.length >= 2 * count, 60_000);
  expect(new Set(received.map(({ headers }) => headers["webhook-id"]))).toEqual(known);
}, 300_000);

it("restores a lost integration and backfills the events since its loss, each one once", async () => {
  const { ask: askAs, path, port, copy } = lost;
  const { received, values } = await target(undefined, port);
  const restore = async (...more: string[]) => {
    const args = ["--from", copy, "--tables", "integrations", "--state", cloud.state, ...more];
    const clock = { now: Date.now, wait: async (ms: number) => void (await wait(ms)) };
    return JSON.parse(await run(args, { environment: {}, clock, say: () => {} })).tables[0];
  };
  expect(await restore("--plan")).toMatchObject({ missing: 1, restored: 0 });
  expect((await askAs("GET", path)).status).toBe(404);
  expect(await restore()).toMatchObject({ missing: 1, restored: 1 });
  expect(await restore("--plan")).toMatchObject({ missing: 0 });
  expect((await askAs("GET", path)).status).toBe(200);

  await until(
    "the published events are archived",
    async () => {
      const plan = await askAs("POST", `${path}/backfill`, { from: 0, plan: true });
      return plan.body.count === publishedSince.length;
    },
    150_000,
  );
  expect(received).toEqual([]);
  const { status, body } = await askAs("POST", `${path}/backfill`, { from: 0 });
  expect(status).toBe(202);
  await until(
    "the job is done",
    async () => (await askAs("GET", `${path}/jobs/${body.job.id}`)).body.job.state === "done",
    60_000,
  );
  await until("all events arrive", () => received.length >= publishedSince.length, 30_000);
  expect(values("data").toSorted()).toEqual(publishedSince);
}, 300_000);
