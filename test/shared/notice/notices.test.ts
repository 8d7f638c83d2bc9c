import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { zeroCounts } from "#shared/ledger/countDeliveries.ts";
import type { Concern } from "#shared/notice/concern/concern.ts";
import { openIncident, updateIncident } from "#shared/notice/incident/changeIncident.ts";
import { listIncidents } from "#shared/notice/incident/findIncident.ts";
import {
  fanOutPageMax,
  noticeIncidentDays,
  noticeWaitsSeconds,
  reportAfterMs,
  reportAtLatestMs,
  webhooksAtOnceMax,
} from "#shared/notice/limits.ts";
import { fanOutUpdates } from "#shared/notice/outbox/fanOutUpdates.ts";
import { replayNotices } from "#shared/notice/outbox/replayNotices.ts";
import { sendNotices } from "#shared/notice/outbox/sendNotices.ts";
import { openNoticeKeys } from "#shared/notice/subscription/noticeKeys.ts";
import type { Channel, Subscription } from "#shared/notice/subscription/subscription.ts";
import { dayMs, minuteMs } from "#shared/platform/durations.ts";
import { Failure } from "#shared/platform/failure.ts";
import type { TargetRequest } from "#shared/target/target.ts";
import { aSubscription } from "../../contracts/notice/notices.ts";
import { channelProblem } from "../../flow/support/messageProblem.ts";
import { memoryMailer } from "../../memory/account/mail.ts";
import { memoryFanOuts, memoryIncidentLog, memoryNotices } from "../../memory/notice/notices.ts";
import { memorySealedKeys, memorySubscriptions } from "../../memory/notice/subscriptions.ts";
import { memorySecrets } from "../../memory/platform/secrets.ts";
import { stoppedClock } from "../../memory/samples.ts";
import { memoryIncidentRecords } from "../../memory/status/incidentRecords.ts";

const start = Date.UTC(2027, 0, 1);
const region = "us-east-1";
const by = { by: "ada" };
const idOf = (n: number): string => `s-${n.toString(16).padStart(24, "0")}`;
const hook: Channel = { kind: "webhook", url: "https://hooks.example.com/a" };

const counts = { ...zeroCounts, late: 0, settledAt: 0, missingIds: [] };
const aConcern = (given: Partial<Concern> = {}): Concern => ({
  from: start,
  to: start + 1,
  counts: { ...counts, matched: 12, delivered: 10, dead: 2 },
  checked: 1,
  integrations: [{ id: "a", event: "temperature", counts: { ...counts, matched: 12, dead: 2 } }],
  devices: { checked: 1, isComplete: true, disconnected: [], reconnected: [] },
  isBalanced: true,
  balancedAt: start,
  isProvisional: false,
  ...given,
});

/** A status page with subscriptions; `answers` are the statuses of the webhook, then 200. */
const world = async (
  subscriptions: Partial<Subscription>[] = [{}],
  { answers = [], concern = aConcern() }: { answers?: number[]; concern?: Concern } = {},
) => {
  const clock = stoppedClock(start);
  const now = clock.now;
  const posted: TargetRequest[] = [];
  const mailer = memoryMailer();
  const refusing = { mails: 0 };
  const state = { concern };
  const stored = memorySubscriptions();
  for (const [n, given] of subscriptions.entries()) {
    await stored.put(aSubscription(idOf(n), { confirmedAt: start - 1, components: [], ...given }));
  }
  const deps = {
    records: memoryIncidentRecords(),
    log: memoryIncidentLog(),
    regions: [region],
    notices: memoryNotices(),
    fanOuts: memoryFanOuts(),
    subscriptions: stored,
    keys: openNoticeKeys({
      region: "us-east-1",
      sealedKeys: memorySealedKeys(),
      secrets: memorySecrets(),
    }),
    mailer: {
      send: async (mail: Parameters<typeof mailer.send>[0]) => {
        refusing.mails -= 1;
        if (refusing.mails >= 0) throw new Failure("no", { code: "target_unavailable" });
        await mailer.send(mail);
      },
    },
    post: async (request: TargetRequest) => {
      expect(channelProblem("statusWebhook", request)).toBeUndefined();
      posted.push(request);
      return { status: answers.shift() ?? 200, body: "" };
    },
    concernOf: async () => state.concern,
    page: { id: "godwit", title: "Godwit", url: "https://status.example.com" },
    now,
  };
  const run = async (given: Partial<typeof deps> = {}, seconds = Number.POSITIVE_INFINITY) => {
    const all = { ...deps, ...given };
    const incidents = (await listIncidents(noticeIncidentDays, all)).map(
      ({ incident }) => incident,
    );
    const deadline = now() + seconds * 1_000;
    const open = await fanOutUpdates(incidents, deadline, all);
    return sendNotices(open, { incidents, deadline }, all);
  };
  const open = async () => {
    const affected = [{ component: "events" as const, region, status: "partial_outage" as const }];
    const input = {
      name: "Queues are slow",
      body: "We look.",
      status: "investigating" as const,
      affected,
    };
    return (await openIncident(input, by, deps)).incident;
  };
  return { clock, deps, posted, mailer, refusing, state, run, open };
};

describe("an update of an incident", () => {
  it("is mailed once to each subscriber of its components and regions", async () => {
    const { mailer, run, open } = await world([
      { channel: { kind: "email", address: "a@example.com" }, components: ["events"] },
      { channel: { kind: "email", address: "b@example.com" }, components: ["api"] },
      { channel: { kind: "email", address: "c@example.com" }, regions: ["eu-west-1"] },
      { channel: { kind: "email", address: "d@example.com" }, regions: [region] },
      // Confirmed after the update.
      { channel: { kind: "email", address: "e@example.com" }, confirmedAt: start + 1 },
    ]);
    await open();
    await run();
    await run();
    expect(mailer.sent.map(({ to }) => to).sort()).toEqual(["a@example.com", "d@example.com"]);
    const [mail] = mailer.sent;
    expect(mail?.subject).toBe("[Godwit] Investigating: Queues are slow");
    expect(mail?.text).toContain("Events (us-east-1): Partial outage");
  });

  it("has the headers of a one-click unsubscription, whose link belongs to the subscriber", async () => {
    const { deps, mailer, run, open } = await world();
    await open();
    await run();
    const subscription = await deps.subscriptions.find(idOf(0));
    const token = await deps.keys.linkToken(subscription!);
    const link = `https://api.example.com/v1/status/subscriptions/unsubscribe?token=${token}`;
    expect(mailer.sent[0]?.headers).toEqual({
      "List-Unsubscribe": `<${link}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
    expect(mailer.sent[0]?.text).toContain(link);
  });

  it("is posted to a webhook with Statuspage's payloads, signed by Standard Webhooks", async () => {
    const { deps, posted, run, open } = await world([{ channel: hook }]);
    const { id } = await open();
    await run();
    const bodies = posted.map(({ body = "" }) => JSON.parse(body));
    expect(bodies).toMatchObject([
      {
        page: { id: "godwit", status_indicator: "major" },
        meta: { unsubscribe: expect.stringContaining("token=") },
        incident: {
          id,
          name: "Queues are slow",
          status: "investigating",
          impact: "major",
          shortlink: `https://status.example.com/incidents/${id}.html`,
          incident_updates: [{ body: "We look.", incident_id: id, wants_twitter_update: false }],
        },
      },
      {
        component_update: { old_status: "operational", new_status: "partial_outage" },
        component: { name: "Events (us-east-1)", status: "partial_outage" },
      },
    ]);
    const subscription = await deps.subscriptions.find(idOf(0));
    const secret = await deps.keys.signingSecret(subscription!);
    const { headers = {}, body } = posted[0] ?? {};
    const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    const key = Buffer.from(secret.replace("whsec_", ""), "base64");
    const signature = createHmac("sha256", key).update(content).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
  });

  it("is sent again after failures, by a schedule, with the same id, and then dead-lettered", async () => {
    const { clock, deps, posted, run, open } = await world([{ channel: hook }], {
      answers: Array.from({ length: 20 }, () => 503),
    });
    await open();
    expect(await run()).toMatchObject({ failed: 1 });
    expect(await run()).toMatchObject({ failed: 0 });
    for (const seconds of noticeWaitsSeconds) {
      clock.ms += seconds * 1_000;
      await run();
    }
    expect(posted).toHaveLength(noticeWaitsSeconds.length + 1);
    expect(new Set(posted.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(deps.notices.all()).toMatchObject([
      { state: "dead", attempts: noticeWaitsSeconds.length + 1, error: "the webhook answered 503" },
    ]);
    clock.ms += 10 * minuteMs;
    await run();
    expect(posted).toHaveLength(noticeWaitsSeconds.length + 1);
  });

  it("continues with the message that a webhook has not accepted", async () => {
    const { clock, deps, posted, run, open } = await world([{ channel: hook }], {
      answers: [200, 500],
    });
    await open();
    await run();
    clock.ms += noticeWaitsSeconds[0] * 1_000;
    await run();
    const kinds = posted.map(({ body = "" }) =>
      "incident" in JSON.parse(body) ? "incident" : "component",
    );
    expect(kinds).toEqual(["incident", "component", "component"]);
    expect(deps.notices.all()).toMatchObject([{ state: "delivered", sent: 2 }]);
  });

  it("is sent again by a replay after it was dead-lettered", async () => {
    const { deps, posted, run, open } = await world([{ channel: hook }], { answers: [410] });
    const { id } = await open();
    await run();
    await run();
    expect(await replayNotices({ incident: id }, deps)).toEqual({ replayed: 1, isComplete: true });
    expect(await replayNotices({ incident: id }, deps)).toEqual({ replayed: 0, isComplete: true });
    await run();
    expect(deps.notices.all()).toMatchObject([{ state: "delivered" }]);
    expect(posted[1]?.headers["webhook-id"]).toBe(posted[0]?.headers["webhook-id"]);
  });

  it("waits for no webhook that hangs, neither in a mail nor in a later update", async () => {
    const hanging = Array.from({ length: 3 * webhooksAtOnceMax }, (_, n) => ({
      channel: { kind: "webhook" as const, url: `https://h${n}.example.com/` },
    }));
    const { clock, deps, mailer, run, open } = await world([...hanging, {}]);
    const post = async (): Promise<never> => {
      clock.ms += 10_000;
      throw new Failure("no answer", { code: "target_unavailable" });
    };
    const { id } = await open();
    clock.ms += 1;
    await updateIncident({ incident: id, body: "We know the cause." }, by, deps);
    await run({ post }, 20);
    expect(mailer.sent).toHaveLength(2);
  });

  it("tries webhooks that have failed after the others", async () => {
    const hooks = [1, 2, 3].map((n) => ({
      channel: { kind: "webhook" as const, url: `https://h${n}.example.com/` },
    }));
    const { clock, deps, posted, run, open } = await world(hooks, { answers: [500, 500, 500] });
    const { id } = await open();
    await run();
    clock.ms += noticeWaitsSeconds[0] * 1_000;
    posted.splice(0);
    await updateIncident({ incident: id, body: "We know the cause." }, by, deps);
    await run();
    const bodies = posted.map(
      ({ body = "" }) => JSON.parse(body).incident?.incident_updates[0].body,
    );
    expect(bodies.slice(0, 3)).toEqual(Array(3).fill("We know the cause."));
  });

  it("reaches a slow webhook with many messages in several runs, each message once", async () => {
    const { clock, deps, posted, run } = await world([{ channel: hook }]);
    const affected = ["connectivity", "events", "integrations", "calls", "streams", "api"] as const;
    const input = {
      name: "Slow",
      body: "We look.",
      affected: affected.map((component) => ({
        component,
        region,
        status: "partial_outage" as const,
      })),
    };
    await openIncident(input, by, deps);
    const slowly = async (request: TargetRequest) => {
      clock.ms += 9_000;
      return deps.post(request);
    };
    for (let n = 0; n < 3; n += 1) {
      const before = posted.length;
      await run({ post: slowly }, 20);
      expect(posted.length - before).toBeLessThanOrEqual(3);
    }
    expect(posted).toHaveLength(affected.length + 1);
    expect(new Set(posted.map(({ headers }) => headers["webhook-id"])).size).toBe(posted.length);
    expect(deps.notices.all()).toMatchObject([{ state: "delivered", attempts: 1 }]);
  });

  it("is dead-lettered at once when the webhook is gone", async () => {
    const { deps, run, open } = await world([{ channel: hook }], { answers: [410] });
    await open();
    expect(await run()).toMatchObject({ dead: 1 });
    expect(deps.notices.all()).toMatchObject([{ state: "dead", attempts: 1 }]);
  });

  it("reaches every subscriber once after a crash at any write of the fan-out", async () => {
    const many = Array.from({ length: fanOutPageMax + 5 }, (_, n) => ({
      channel: { kind: "email" as const, address: `a${n}@example.com` },
    }));
    for (const crashAt of [0, 1, 7, fanOutPageMax, fanOutPageMax + 3]) {
      const { deps, mailer, run, open } = await world(many);
      await open();
      let writes = 0;
      const crashing = {
        ...deps.notices,
        add: async (notice: Parameters<typeof deps.notices.add>[0]) => {
          writes += 1;
          if (writes > crashAt) throw new Error("crash");
          await deps.notices.add(notice);
        },
      };
      await expect(run({ notices: crashing })).rejects.toThrow("crash");
      await run();
      expect(new Set(mailer.sent.map(({ to }) => to)).size).toBe(many.length);
      expect(mailer.sent).toHaveLength(many.length);
    }
  });

  it("is skipped for a subscriber who has left in the meantime", async () => {
    const { clock, deps, refusing, mailer, run, open } = await world();
    refusing.mails = 1;
    await open();
    await run();
    await deps.subscriptions.remove(idOf(0));
    clock.ms += noticeWaitsSeconds[0] * 1_000;
    await run();
    expect(mailer.sent).toEqual([]);
    expect(deps.notices.all()).toMatchObject([{ state: "skipped" }]);
  });

  it("is not sent if it is older than a day when it is found", async () => {
    const { clock, mailer, run, open } = await world();
    await open();
    clock.ms += 86_400_000;
    await run();
    expect(mailer.sent).toEqual([]);
  });
});

describe("updates for one webhook", () => {
  it("are sent in their order", async () => {
    const { clock, deps, posted, run, open } = await world([{ channel: hook }, {}]);
    const { id } = await open();
    for (const body of ["One.", "Two.", "Three."]) {
      clock.ms += minuteMs;
      await updateIncident({ incident: id, body }, by, deps);
    }
    const running = { count: 0, max: 0 };
    const post = async (request: TargetRequest) => {
      running.count += 1;
      running.max = Math.max(running.max, running.count);
      await new Promise(setImmediate);
      running.count -= 1;
      return deps.post(request);
    };
    await run({ post });
    const bodies = posted.flatMap(({ body = "" }) => {
      const { incident } = JSON.parse(body);
      return incident === undefined ? [] : [incident.incident_updates[0].body];
    });
    expect(bodies).toEqual(["We look.", "One.", "Two.", "Three."]);
    expect(running.max).toBe(1);
  });
});

it("the start of a maintenance is sent that was planned long before", async () => {
  const { clock, deps, mailer, run } = await world();
  const scheduledFor = start + 60 * dayMs;
  await openIncident(
    {
      name: "New brokers",
      body: "We replace the brokers.",
      affected: [{ component: "connectivity", region }],
      scheduled_for: scheduledFor,
      scheduled_until: scheduledFor + dayMs,
    },
    by,
    deps,
  );
  await run();
  mailer.sent.splice(0);
  clock.ms = scheduledFor + minuteMs;
  await run();
  expect(mailer.sent).toMatchObject([{ subject: "[Godwit] In progress: New brokers" }]);
});

describe("a contact of a product", () => {
  const contact = { product: 7, channel: { kind: "email" as const, address: "ops@example.com" } };

  it("gets the numbers of the product with each update, and a report at the end", async () => {
    const { clock, deps, mailer, run, open } = await world([contact, {}]);
    const { id } = await open();
    await run();
    const [first] = mailer.sent.filter(({ to }) => to === "ops@example.com");
    expect(first?.text).toContain("Dead-lettered: 2");
    clock.ms += minuteMs;
    await updateIncident({ incident: id, body: "Over.", status: "resolved" }, by, deps);
    await run();
    mailer.sent.splice(0);
    clock.ms += reportAfterMs;
    await run();
    await run();
    expect(mailer.sent).toMatchObject([
      { to: "ops@example.com", subject: "[Godwit] Report: Queues are slow" },
    ]);
    expect(mailer.sent[0]?.text).toContain("# Queues are slow");
    expect(mailer.sent[0]?.text).toContain("Deliveries accepted: 12");
  });

  it("gets a mail of a bounded length, with its link, however much there is to say", async () => {
    const many = Array.from({ length: 100 }, (_, n) => ({
      id: `integration-${n}-${"x".repeat(80)}`,
      event: "e".repeat(60),
      counts: { ...counts, matched: 12, dead: 2 },
    }));
    const { clock, deps, mailer, run, open } = await world([contact], {
      concern: aConcern({ integrations: many }),
    });
    const { id } = await open();
    for (let n = 0; n < 3; n += 1) {
      clock.ms += minuteMs;
      await updateIncident({ incident: id, body: "é".repeat(5_000) }, by, deps);
    }
    await run();
    expect(mailer.sent).toHaveLength(4);
    for (const { text } of mailer.sent) expect(text).toMatch(/\nUnsubscribe: https\S+\n$/);
    expect(deps.notices.all().every(({ state }) => state === "delivered")).toBe(true);
  });

  it("gets the report when the deliveries balance, and at the latest after a day", async () => {
    const { clock, deps, mailer, state, run, open } = await world([contact], {
      concern: aConcern({ isBalanced: false, isProvisional: true }),
    });
    const { id } = await open();
    clock.ms += 1;
    await updateIncident({ incident: id, body: "Over.", status: "resolved" }, by, deps);
    await run();
    mailer.sent.splice(0);
    clock.ms += reportAfterMs;
    await run();
    expect(mailer.sent).toEqual([]);
    clock.ms = start + 1 + reportAtLatestMs;
    await run();
    expect(mailer.sent).toMatchObject([{ subject: "[Godwit] Report: Queues are slow" }]);
    expect(state.concern.isBalanced).toBe(false);
  });

  it("gets the numbers in JSON by webhook", async () => {
    const { posted, run, open } = await world([{ product: 7, channel: hook }]);
    await open();
    await run();
    expect(JSON.parse(posted[0]?.body ?? "")).toMatchObject({
      incident: { name: "Queues are slow" },
      concern: { concerned: true, deliveries: { accepted: 12, dead_lettered: 2 } },
    });
  });
});
