import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordedUsage } from "../../../bench/cost/estimate/recordedUsage.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { eagerBatchesMax } from "../../../local/lambda/limits.ts";
import { type ApiResponse, apiClient, connectDevice } from "../support/client.ts";
import { control } from "../support/control.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: (method: string, path: string, body?: object | string) => Promise<ApiResponse>;

beforeAll(async () => {
  // A batching window may wait 20 s on these quiet queues, as on AWS.
  cloud = await startTestCloud({ quietQueueWait: "aws" });
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

const topic = (name: string) => `events/${cloud.device.fleet}/${cloud.device.id}/${name}`;

/** Creates a webhook for an event prefix. Returns its id. */
const hook = async (event: string, url: string, more: object = {}): Promise<string> => {
  const made = await ask("POST", "/v1/integrations", {
    event,
    url,
    integration_type: "Webhook",
    ...more,
  });
  expect(made.status).toBe(201);
  return made.body.id;
};

const deadLetters = async (id: string) =>
  (await ask("GET", `/v1/integrations/${id}/dead-letters`)).body.dead_letters;

describe("billable operations", () => {
  const counts = async () => (await control(cloud.regions[0]!)).counts;
  const functionsNamed = (all: Record<string, { invocations: number }>, name: string): number =>
    Object.entries(all)
      .filter(([function_]) => function_.includes(name))
      .reduce((sum, [, { invocations }]) => sum + invocations, 0);

  /** Counts after the last message has left its queue. */
  const settled = async () => {
    let last = await counts();
    return await until("the counts are stable", async () => {
      await wait(500);
      const now = await counts();
      const isStable = isDeepStrictEqual(now, last);
      last = now;
      return isStable && now;
    });
  };

  it("are those that the cost estimate multiplies, for each event and each batch", async () => {
    const { url, received } = await target();
    const name = `billed-${randomUUID()}`;
    await hook(name, url);
    const connecting = Date.now();
    const device = await connectDevice(cloud, cloud.device);
    // Before its session is stored, an event would request a reconciliation, which publishes.
    await until("the session is stored", async () => {
      const { body } = await ask("GET", `/v1/devices/${cloud.device.id}`);
      return Date.parse(body.last_handshake_at) >= connecting - 1_000;
    });
    const before = await settled();
    const events = 40;
    const quiet = `$aws/rules/godwit_events/${topic(name)}`;
    await Promise.all(
      Array.from({ length: events }, (_, n) => device.publishAsync(quiet, `${n}`, { qos: 1 })),
    );
    await until("all events arrive", () => received.length >= events);
    const after = await settled();
    const more = (count: string): number => after[count] - before[count];
    const batches = (word: string): number =>
      functionsNamed(after.functions, word) - functionsNamed(before.functions, word);
    const { event, routeBatch, deliverBatch } = recordedUsage;
    const [routed, delivered] = [batches("Pipelineroute"), batches("Pipelinedeliver")];
    expect(more("publishesIn")).toBe(0);
    expect(more("rulesTriggered")).toBe(event.rulesTriggered * events);
    expect(more("ruleActions")).toBe(event.ruleActions * events);
    // A batch is received and deleted by a request each; the others send.
    const sends =
      event.sqsRequests * events +
      (routeBatch.sqsRequests - 2) * routed +
      (deliverBatch.sqsRequests - 2) * delivered;
    expect(more("sqsSends")).toBeGreaterThanOrEqual(sends);
    // In each worker, the first event of a device may request the reconciliation of its session.
    const reconciliations = Math.min(routed, eagerBatchesMax);
    expect(more("sqsSends")).toBeLessThanOrEqual(sends + 2 * reconciliations);
    expect(more("sqsGroupSends")).toBe(routeBatch.sqsGroupRequests * routed);
    expect(more("sqsDeletes")).toBeGreaterThanOrEqual(routed + delivered);
    expect(more("sqsDeletes")).toBeLessThanOrEqual(
      routed + delivered + records(routed + delivered),
    );
  });

  /** Requests that delete records, of ten at most, in batches that may be less full. */
  const records = (sent: number): number =>
    Math.max(4, 2 * sent * recordedUsage.record.sqsRequests);
});

describe("an event for a webhook", () => {
  it("arrives with the four default fields and a delivery id", async () => {
    const { url, received } = await target();
    await hook("temp", url);
    const device = await connectDevice(cloud, cloud.device);
    await device.publishAsync(topic("temperature"), "21.5", { qos: 1 });
    const [first] = await until("the event arrives", () => received.length > 0 && received);
    expect(first?.method).toBe("POST");
    expect(first?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(first?.headers["webhook-id"]).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(first?.form).toEqual({
      event: "temperature",
      data: "21.5",
      coreid: cloud.device.id,
      published_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it("matches every webhook that was created before the event was published", async () => {
    const { url, values } = await target();
    const names = Array.from({ length: 5 }, () => randomUUID());
    for (const name of names) {
      await hook(name, url);
      await ask("POST", "/v1/devices/events", { name, data: "now" });
    }
    await until("all five events arrive", () => values("event").length >= 5);
    expect(new Set(values("event"))).toEqual(new Set(names));
  });

  it("goes only to webhooks with a matching prefix, case-sensitive", async () => {
    const yes = await target();
    const no = await target();
    const name = `Door/${randomUUID()}`;
    await hook("Door/", yes.url);
    await hook("door/", no.url);
    await hook("Doors", no.url);
    await ask("POST", "/v1/devices/events", { name, data: "open" });
    await until("the event arrives", () => yes.received.length > 0);
    expect(no.received).toEqual([]);
  });

  it("arrives as a data URL if it is not UTF-8, and with its complete name if that is long", async () => {
    const { url, values } = await target();
    const name = `b/${"x".repeat(100)}`;
    await hook("b/", url);
    const device = await connectDevice(cloud, cloud.device);
    await device.publishAsync(topic(name), Buffer.from([0xff, 0x00, 0xfe]), { qos: 1 });
    await until("the event arrives", () => values("event").length > 0);
    expect(values("event")).toEqual([name]);
    expect(values("data")).toEqual(["data:application/octet-stream;base64,/wD+"]);
  });

  it("arrives by basic ingest", async () => {
    const { url, values } = await target();
    await hook("quiet", url);
    const device = await connectDevice(cloud, cloud.device);
    await device.publishAsync(`$aws/rules/godwit_events/${topic("quiet")}`, "hush", { qos: 1 });
    await until("the event arrives", () => values("data").includes("hush"));
  });

  it("triggers no webhook if it is a response event", async () => {
    const { url, values } = await target();
    await hook("hook-response/", url);
    await hook("after", url);
    const device = await connectDevice(cloud, cloud.device);
    await device.publishAsync(topic("hook-response/x/0"), "loop", { qos: 1 });
    await device.publishAsync(topic("after"), "last", { qos: 1 });
    await until("the later event arrives", () => values("data").includes("last"));
    expect(values("data")).not.toContain("loop");
  });
});

describe("a delivery whose target fails", () => {
  it("is retried with the same id until the target answers 2xx", async () => {
    const { url, received } = await target((n) => (n < 1 ? 500 : 200));
    const id = await hook("twice", url);
    await ask("POST", "/v1/devices/events", { name: "twice", data: "1" });
    await until("the second attempt", () => received.length === 2, 30_000);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(await deadLetters(id)).toEqual([]);
  }, 40_000);

  it("arrives after the target recovers", async () => {
    const down = await target();
    const port = Number(new URL(down.url).port);
    await down.close();
    await hook("back", down.url);
    await ask("POST", "/v1/devices/events", { name: "back", data: "1" });
    const up = await target(() => 200, port);
    await until("the event arrives", () => up.received.length > 0, 30_000);
  }, 40_000);

  it("becomes a dead letter at once when the target answers 410", async () => {
    const { url, received } = await target(() => 410);
    const id = await hook("gone", url);
    await ask("POST", "/v1/devices/events", { name: "gone", data: "bye" });
    const letters = await until("the dead letter", async () => {
      const found = await deadLetters(id);
      return found.length > 0 && found;
    });
    expect(received).toHaveLength(1);
    expect(letters).toMatchObject([
      {
        id: received[0]?.headers["webhook-id"],
        reason: "the target answered 410",
        attempts: 1,
        event: { name: "gone", data: "bye" },
      },
    ]);
  });

  it("disables the webhook after a 410, publishes an event about it, and can be enabled again", async () => {
    let status = 410;
    const { url, received } = await target(() => status);
    const news = await target();
    await hook("integration/", news.url);
    const id = await hook("leaves", url);
    await ask("POST", "/v1/devices/events", { name: "leaves", data: "bye" });
    const [disabledEvent] = await until(
      "the event integration/disabled",
      () => news.received.length > 0 && news.received,
    );
    expect(disabledEvent?.form).toMatchObject({
      event: "integration/disabled",
      coreid: "particle-internal",
      data: expect.stringContaining(id),
    });
    const { body } = await ask("GET", `/v1/integrations/${id}`);
    expect(body.integration).toMatchObject({
      disabled: true,
      disabledReason: "the target answered 410",
    });
    status = 200;
    const enabled = await ask("POST", `/v1/integrations/${id}/enable`);
    expect(enabled.body).toMatchObject({ ok: true, id, disabled: false });
    await ask("POST", "/v1/devices/events", { name: "leaves", data: "again" });
    await until("deliveries continue", () => received.length > 1);
  });

  it("becomes a dead letter with the reason at its deadline", async () => {
    const down = await target();
    await down.close();
    const id = await hook("late", down.url, { deadline: 8 });
    await ask("POST", "/v1/devices/events", { name: "late", data: "1" });
    const letters = await until(
      "the dead letter",
      async () => {
        const found = await deadLetters(id);
        return found.length > 0 && found;
      },
      30_000,
    );
    expect(letters[0].reason).toMatch(/ECONNREFUSED/);
    expect(letters[0].attempts).toBe(2);
  }, 40_000);

  it("does not delay another webhook's deliveries while its target does not respond", async () => {
    const slow = await target(() => undefined);
    const healthy = await target();
    await hook("both", slow.url, { deadline: 1 });
    await hook("both", healthy.url);
    for (let i = 0; i < 20; i += 1) {
      await ask("POST", "/v1/devices/events", { name: "both", data: String(i) });
    }
    await until("all events reach the healthy target", () => healthy.received.length >= 20, 15_000);
    expect(new Set(healthy.values("data")).size).toBe(20);
  });
});

describe("an event for a slow target, on a quiet system", () => {
  it("arrives within seconds, because no batching window delays it", async () => {
    // The first attempt marks the target as slow: the next events go to the slow lane.
    const slow = await target((n) => (n === 0 ? undefined : 200));
    await hook("slow", slow.url);
    for (let i = 0; i < 5; i += 1) {
      await ask("POST", "/v1/devices/events", { name: "slow", data: String(i) });
      await until("the event arrives", () => slow.values("data").includes(String(i)), 10_000);
      // The mark is read after a second at most.
      await wait(i === 0 ? 3_000 : 0);
    }
  }, 60_000);
});

describe("a device that requests acknowledgements", () => {
  it("receives the event's id when its deliveries are queued", async () => {
    const device = await connectDevice(cloud, cloud.device);
    await device.subscribeAsync(`acks/${cloud.device.id}`, { qos: 1 });
    const acknowledgement = new Promise<[string, Buffer]>((resolve) =>
      device.once("message", (on, payload) => resolve([on, payload])),
    );
    await device.publishAsync(topic("stored/?id=boot1-7&at=1700000000000"), "x", { qos: 1 });
    const [on, payload] = await acknowledgement;
    expect(on).toBe(`acks/${cloud.device.id}`);
    expect(JSON.parse(String(payload))).toEqual({ ids: ["boot1-7"] });
  });

  it("receives the id again for a duplicate, which is not delivered again", async () => {
    const { url, values } = await target();
    await hook("once", url);
    const device = await connectDevice(cloud, cloud.device);
    await device.subscribeAsync(`acks/${cloud.device.id}`, { qos: 1 });
    const acks: string[] = [];
    device.on("message", (_, payload) => acks.push(...JSON.parse(String(payload)).ids));
    for (let i = 0; i < 5; i += 1) {
      await device.publishAsync(topic("once/?id=same"), String(i), { qos: 1 });
    }
    await until("the duplicates are acknowledged", () => acks.includes("same"));
    const before = acks.length;
    await device.publishAsync(topic("once/?id=same"), "again", { qos: 1 });
    await until("the later duplicate is acknowledged", () => acks.length > before);
    await device.publishAsync(topic("once/?id=other"), "end", { qos: 1 });
    // The queue is not ordered: the last event may arrive before the first.
    await until("the last event arrives", () => values("data").includes("end"));
    await until("the first event arrives", () => values("data").length >= 2);
    expect(values("data")).toHaveLength(2);
  });

  it("sets the time of an event in its topic", async () => {
    const { url, values } = await target();
    await hook("past", url);
    const device = await connectDevice(cloud, cloud.device);
    await device.publishAsync(topic("past/?at=1700000000000"), "x", { qos: 1 });
    await until("the event arrives", () => values("event").length > 0);
    expect(values("event")).toEqual(["past"]);
    expect(values("published_at")).toEqual([new Date(1_700_000_000_000).toISOString()]);
  });
});
