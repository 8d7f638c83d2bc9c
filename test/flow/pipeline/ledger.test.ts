import { afterAll, beforeAll, expect, it } from "vitest";
import { emptyRecord } from "#shared/ledger/record.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient, connectDevice } from "../support/client.ts";
import { runNow } from "../support/runNow.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
beforeAll(async () => {
  // The functions reach the queues, tables and buckets over the network, as on AWS.
  cloud = await startTestCloud({ wire: "http" });
});
afterAll(() => cloud.stop());

const functionNamed = (word: string): string =>
  Object.keys(cloud.services.lambda.usage()).find((name) => name.includes(word))!;

it("counts the outcome of every delivery, and shows the attempts without secrets (I1)", async () => {
  const api = apiClient(cloud, cloud.user.token);
  const good = await target();
  const hook = async (more: object) =>
    (await api("POST", "/v1/integrations", { event: "counted", ...more })).body.id as string;
  const delivered = await hook({ url: good.url, headers: { "x-key": "s3cretKey" } });
  const failing = await hook({ url: "http://127.0.0.1:9/", deadline: 1 });
  const device = await connectDevice(cloud, cloud.device);
  const topic = `events/${cloud.device.fleet}/${cloud.device.id}/counted`;
  for (const n of ["1", "2", "3"]) await device.publishAsync(topic, n, { qos: 1 });
  await until("all three events arrive", () => new Set(good.values("data")).size === 3);

  const ledgerOf = async (id: string) => (await api("GET", `/v1/integrations/${id}/ledger`)).body;
  await until("the ledger counts all deliveries", async () => {
    // The template's schedule does this every minute.
    await runNow(cloud.services.lambda, functionNamed("Recordsledger"));
    const [one, other] = [await ledgerOf(delivered), await ledgerOf(failing)];
    return one.delivered === 3 && other.dead === 3;
  });
  expect(await ledgerOf(delivered)).toMatchObject({
    balanced: true,
    matched: 3,
    delivered: 3,
    missing_deliveries: [],
  });
  expect(await ledgerOf(failing)).toMatchObject({
    balanced: true,
    matched: 3,
    dead: 3,
    failed_attempts: 3,
  });

  const { integration } = (await api("GET", `/v1/integrations/${delivered}`)).body;
  expect(integration.counters).toMatchObject([{ success: 3, error: 0, waiting: 0, dead: 0 }]);
  expect(integration.logs).toHaveLength(3);
  expect(integration.logs[0]).toMatchObject({
    ok: true,
    attempt: 1,
    request: { method: "POST", url: good.url, headers: { "x-key": "********" } },
    reply: { status: 200 },
  });
  expect(JSON.stringify(integration)).not.toContain("s3cretKey");
  const failed = (await api("GET", `/v1/integrations/${failing}`)).body.integration;
  expect(failed.errors).toHaveLength(3);
  expect(failed.errors[0]).toMatchObject({ ok: false, reply: null, next_attempt_at: null });
});

it("parks the events of a device over its limit, sends notices, and replays them", async () => {
  const api = apiClient(cloud, cloud.user.token);
  const { fleet, id } = cloud.device;
  const [parked, notified] = [await target(), await target()];
  const hook = async (event: string, url: string) =>
    (await api("POST", "/v1/integrations", { event, url })).body.id as string;
  const settings = { scope: "device", target: id, period: "month", limit: 2, action: "park" };
  const [limited, , { body, status }] = await Promise.all([
    hook("limited", parked.url),
    hook("usage/notice", notified.url),
    api("POST", "/v1/usage/limits", settings),
  ]);
  expect(status).toBe(201);
  // The plan of an event that was accepted in a minute that has ended.
  const at = Date.now() - 120_000;
  const metered = { fleet, device: id, kind: "publish", kilobytes: 3 } as const;
  const plan = { event: "limit-test", acceptedAt: at, at, to: [], metered };
  const record = JSON.stringify({ ...emptyRecord, plans: [plan] });
  const { lambda } = cloud.services;
  const sqs = { messageId: "m1", attributes: { ApproximateReceiveCount: "1" }, body: record };
  await lambda.invoke(functionNamed("Recordsrecord"), { Records: [sqs] });
  const limitNow = async () => (await api("GET", `/v1/usage/limits/${body.limit.id}`)).body.limit;
  await until("the limit is in force", async () => {
    await runNow(lambda, functionNamed("Recordsledger"));
    return (await limitNow()).in_force === true;
  });
  expect((await limitNow()).used).toBeGreaterThanOrEqual(3);
  const device = await connectDevice(cloud, cloud.device);
  const acks: string[] = [];
  device.on("message", (topic) => void acks.push(topic));
  await device.subscribeAsync(`acks/${id}`);
  await device.publishAsync(`events/${fleet}/${id}/limited/?id=k1`, "kept", { qos: 1 });
  await until("the event is acknowledged", () => acks.length > 0);
  const letters = async () =>
    (await api("GET", `/v1/integrations/${limited}/dead-letters`)).body.dead_letters;
  await until("the event is a dead letter", async () => (await letters()).length === 1);
  expect((await letters())[0].reason).toContain("usage_limit");
  await until("all notices arrive", () => notified.values("data").length === 4);
  const agreement = `/v1/user/service_agreements/${fleet}/notifications`;
  const { data } = (await api("GET", agreement)).body;
  const percents = data.map(({ attributes }: { attributes: { details: { percent: number } } }) => {
    return attributes.details.percent;
  });
  expect(percents.toSorted((one: number, other: number) => one - other)).toEqual([50, 70, 90, 100]);
  expect(parked.values("data")).toEqual([]);
  await api("POST", `/v1/integrations/${limited}/dead-letters/replay`, {});
  await until("the replayed event arrives", () => parked.values("data").includes("kept"));
});
