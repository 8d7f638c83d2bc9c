import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Mail, mail as mailSchema } from "#shared/account/mail/mail.ts";
import type { Page } from "#shared/paging/page.ts";
import { pagesAfter } from "#shared/paging/reading.ts";
import { type Receiver, receiverList, secretNames } from "#shared/paging/receiver.ts";
import type { Notice } from "#shared/paging/receivers/notice.ts";
import { type Outcome, sendPage } from "#shared/paging/sendPage.ts";
import { Failure } from "#shared/platform/failure.ts";
import type { TargetReply } from "#shared/target/target.ts";
import { settingsFrom } from "../../../infra/settings.ts";
import { a, aReading, aSignal, start } from "./support/samples.ts";
import {
  alertmanager,
  genieKey,
  opsgenie,
  pagerDuty,
  routingKey,
  signingSecret,
  slack,
  slackUrl,
  standardWebhook,
  type Vendor,
} from "./support/vendors.ts";

const parameters = new Map([
  ["/godwit/pagerduty", routingKey],
  ["/godwit/opsgenie", genieKey],
  ["/godwit/slack", slackUrl],
  ["/godwit/webhook", signingSecret],
]);
const secrets = {
  read: async (names: readonly string[]) =>
    new Map([...parameters].filter(([name]) => names.includes(name))),
};

const aPage = (change: Parameters<typeof aSignal>[0] = {}): Page => {
  const reading = aReading(start, [aSignal(change)]);
  const [page] = pagesAfter([], reading, { receivers: ["r"], watcher: a, now: start });
  if (page === undefined) throw new Error("there is no page");
  return page;
};
const trigger = (page: Page): Notice => ({
  page,
  event: "trigger",
  runbook: page.runbook && `https://docs.example/runbook.md#${page.runbook}`,
  now: Date.now(),
});
const resolve = (page: Page): Notice => ({
  ...trigger({ ...page, resolvedAt: page.since + 60_000 }),
  event: "resolve",
});

const url = "https://alerts.example/hook";
const services: readonly [Receiver, () => Vendor][] = [
  [{ kind: "pagerDuty", name: "r", secret: "/godwit/pagerduty" }, pagerDuty],
  [{ kind: "opsgenie", name: "r", secret: "/godwit/opsgenie" }, opsgenie],
  [{ kind: "alertmanager", name: "r", url }, alertmanager],
  [{ kind: "slack", name: "r", secret: "/godwit/slack" }, slack],
  [{ kind: "webhook", name: "r", url, secret: "/godwit/webhook" }, standardWebhook],
];

describe.each(services)("$kind", (receiver, start) => {
  const connect = () => {
    const vendor = start();
    const deps = {
      post: async (request: Parameters<Vendor["answer"]>[0]) => vendor.answer(request),
      secrets,
      mailer: undefined,
    };
    const send = (notice: Notice): Promise<Outcome> => sendPage(notice, receiver, deps);
    return { vendor, send };
  };

  it("accepts a page and its end: one alert is open in between, also after a repetition", async () => {
    const { vendor, send } = connect();
    const page = aPage();
    expect(await send(trigger(page))).toMatchObject({ kind: "accepted" });
    expect(await send(trigger(page))).toMatchObject({ kind: "accepted" });
    expect(vendor.open.size).toBe(1);
    expect(JSON.stringify([...vendor.open.values()])).toContain("Events wait too long.");
    expect(await send(resolve(page))).toMatchObject({ kind: "accepted" });
    expect(vendor.open.size).toBe(0);
  });

  it("accepts pages of any text and of any length", async () => {
    const text = fc.string({ unit: "binary", maxLength: 3_000 });
    await fc.assert(
      fc.asyncProperty(
        text.filter((given) => given.trim() !== ""),
        fc.array(text, { maxLength: 40 }),
        text,
        async (summary, slice, key) => {
          const { send } = connect();
          const page = aPage({ key, summary, slice, reason: summary });
          for (const notice of [trigger(page), resolve(page)]) {
            expect(await send(notice)).toMatchObject({ kind: "accepted" });
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("accepts a page without an article and without components", async () => {
    const { send } = connect();
    const page = aPage({ runbook: undefined, components: [], slice: [] });
    expect(await send(trigger(page))).toMatchObject({ kind: "accepted" });
  });
});

describe("an attempt", () => {
  const receiver: Receiver = { kind: "pagerDuty", name: "r", secret: "/godwit/pagerduty" };
  const answered = (reply: Partial<TargetReply>) =>
    sendPage(trigger(aPage()), receiver, {
      post: async () => ({ status: 202, body: "", ...reply }),
      secrets,
      mailer: undefined,
    });

  it.each([
    [202, "accepted"],
    [400, "refused"],
    [404, "refused"],
    [301, "refused"],
    [401, "failed"],
    [403, "failed"],
    [408, "failed"],
    [429, "failed"],
    [500, "failed"],
    [503, "failed"],
  ])("that is answered with %i is %s", async (status, kind) => {
    expect(await answered({ status })).toMatchObject({ kind });
  });

  it("waits as long as Retry-After says, at most a quarter of an hour", async () => {
    expect(await answered({ status: 429, retryAfter: "7" })).toMatchObject({ waitMs: 7_000 });
    expect(await answered({ status: 429, retryAfter: "99999" })).toMatchObject({ waitMs: 900_000 });
    const [minute, day] = [60_000, 86_400_000].map((ms) => new Date(Date.now() + ms).toUTCString());
    const { waitMs } = {
      waitMs: 0,
      ...(await answered({ status: 429, retryAfter: minute ?? "" })),
    };
    expect(waitMs).toBeGreaterThan(50_000);
    expect(waitMs).toBeLessThanOrEqual(60_000);
    expect(await answered({ status: 503, retryAfter: day ?? "" })).toMatchObject({
      waitMs: 900_000,
    });
    expect(await answered({ status: 429, retryAfter: "soon" })).not.toHaveProperty("waitMs");
  });

  it("does not store a secret that the receiver repeats", async () => {
    const outcome = await answered({ status: 400, body: `invalid routing key ${routingKey}` });
    expect(outcome.result).toBe("the receiver answered 400: invalid routing key …");
  });

  it("without its parameter fails, and the parameter may be created later", async () => {
    const lost: Receiver = { ...receiver, secret: "/godwit/lost" };
    const outcome = await sendPage(trigger(aPage()), lost, {
      post: async () => expect.unreachable(),
      secrets,
      mailer: undefined,
    });
    expect(outcome).toEqual({
      kind: "failed",
      result: "there is no parameter /godwit/lost in Systems Manager",
    });
  });

  it("at an address that is not allowed is refused, and one without a connection fails", async () => {
    const failing = (code: "target_refused" | "target_unavailable") =>
      sendPage(trigger(aPage()), receiver, {
        post: async () => Promise.reject(new Failure("no", { code })),
        secrets,
        mailer: undefined,
      });
    expect(await failing("target_refused")).toMatchObject({ kind: "refused" });
    expect(await failing("target_unavailable")).toMatchObject({ kind: "failed" });
  });
});

describe("a mail", () => {
  const receiver: Receiver = { kind: "email", name: "r", to: "on-call@example.org" };
  const sent = async (notice: Notice) => {
    const mails: Mail[] = [];
    const mailer = { send: async (mail: Mail) => void mails.push(mailSchema.parse(mail)) };
    const outcome = await sendPage(notice, receiver, {
      post: async () => expect.unreachable(),
      secrets,
      mailer,
    });
    return { outcome, mail: mails[0] };
  };

  it("has the page, its parts, its article and, for a self-test, its link", async () => {
    const page = aPage({ ackUrl: "https://api.example/ack?t=x" });
    const { mail } = await sent(trigger(page));
    expect(mail?.subject).toBe("[error] us-east-1: Events wait too long.");
    for (const text of ["RuleName=godwit_events", "runbook.md#events-wait", "api.example/ack"]) {
      expect(mail?.text).toContain(text);
    }
  });

  it("has a subject of one line, whatever the text is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 600 }), async (summary) => {
        const { outcome } = await sent(trigger(aPage({ summary })));
        expect(outcome).toMatchObject({ kind: "accepted" });
      }),
      { numRuns: 50 },
    );
  });

  it("without a sender is refused", async () => {
    const outcome = await sendPage(trigger(aPage()), receiver, {
      post: async () => expect.unreachable(),
      secrets,
      mailer: undefined,
    });
    expect(outcome).toMatchObject({ kind: "refused", result: expect.stringContaining("mailFrom") });
  });
});

describe("the setting pageReceivers", () => {
  const slackReceiver = { kind: "slack", name: "ops", secret: "/godwit/slack" };

  it("takes receivers of each kind", () => {
    const list = services.map(([receiver], i) => ({ ...receiver, name: `r${i}` }));
    expect(receiverList.parse(list)).toHaveLength(5);
    expect(secretNames(receiverList.parse(list))).toEqual([...parameters.keys()]);
  });

  it.each([
    [[slackReceiver, slackReceiver]],
    [[{ ...slackReceiver, secret: slackUrl }]],
    [[{ ...slackReceiver, kind: "pager" }]],
    [[{ ...slackReceiver, name: "On Call" }]],
    [[{ kind: "alertmanager", name: "am", url: "http://alerts.example/" }]],
    [[{ kind: "alertmanager", name: "am", url: "https://user:pass@alerts.example/" }]],
    [Array.from({ length: 11 }, (_, i) => ({ ...slackReceiver, name: `r${i}` }))],
  ])("refuses %j", (list) => {
    expect(receiverList.safeParse(list).success).toBe(false);
  });

  it.each([
    { kind: "alertmanager", name: "am", url, secrt: "/godwit/token" },
    { ...slackReceiver, secrt: "x" },
    { ...slackReceiver, kind: "pagerDuty", secrt: "x" },
    { ...slackReceiver, kind: "opsgenie", secrt: "x" },
    { ...slackReceiver, kind: "webhook", url, secrt: "x" },
  ])("refuses an unknown field by its name, with the similar one: %j", (receiver) => {
    const read = () => settingsFrom({ regions: [a], pageReceivers: [receiver] });
    expect(read).toThrow("secrt is an unknown field; did you mean secret?");
  });

  it("with a receiver of mails requires a sender", () => {
    const pageReceivers = [{ kind: "email", name: "m", to: "a@b.example" }];
    expect(() => settingsFrom({ regions: [a], pageReceivers })).toThrow("mailFrom");
    const mailFrom = "godwit@b.example";
    expect(settingsFrom({ regions: [a], pageReceivers, mailFrom }).pageReceivers).toHaveLength(1);
  });
});
