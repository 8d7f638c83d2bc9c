import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { receivedPages, startPageReceiver } from "../../drill/cloud/pageReceiver.ts";
import { type Page, type PageWay, pageFrom } from "../../drill/pages.ts";
import { type PagePromise, watchPages } from "../../drill/pageWatch.ts";

const description = (article: string) =>
  `It fails. Severity: error. Components: events. Runbook: docs/runbook.md#${article}`;

const mail = (alarm: object, encoding: "8bit" | "base64" = "8bit"): string => {
  const text = `${JSON.stringify(alarm)}\n\n--\nTo stop these mails, unsubscribe.`;
  const body = encoding === "8bit" ? text : Buffer.from(text).toString("base64");
  const head = ["From: a@b.c", "Subject: ALARM", `Content-Transfer-Encoding: ${encoding}`];
  return [...head, "", body].join("\r\n");
};

const change = (article: string, to: "ALARM" | "OK", at: number) => ({
  AlarmName: `Godwit-${article}`,
  AlarmDescription: description(article),
  NewStateValue: to,
  NewStateReason: "Threshold crossed",
  StateChangeTime: new Date(at).toISOString().replace("Z", "+0000"),
});

describe("the page in a mail", () => {
  it.each(["8bit", "base64"] as const)("has the alarm, its text and its time: %s", (encoding) => {
    const at = Date.parse("2026-11-30T08:00:00.123Z");
    const contributor = {
      AlarmContributorAttributes: { worker: "w1" },
      TriggeringChildren: [{ Arn: "arn:aws:cloudwatch:r:1:alarm:Godwit-child", State: {} }],
    };
    expect(
      pageFrom(mail({ ...change("a-rule-fails", "ALARM", at), ...contributor }, encoding)),
    ).toEqual({
      alarm: "Godwit-a-rule-fails",
      isStart: true,
      reason: "Threshold crossed",
      names: ["w1", "Godwit-child"],
      text: {
        sentence: "It fails.",
        severity: "error",
        components: ["events"],
        runbook: "a-rule-fails",
      },
      changedAt: at,
    });
  });

  it("is missing in a mail about something else", () => {
    expect(pageFrom("From: a@b.c\r\n\r\nReset your password")).toBeUndefined();
    expect(pageFrom(mail({ hello: 1 }))).toBeUndefined();
  });
});

/** A notification of Alertmanager, as the watcher sends it. */
const notification = (article: string, to: "ALARM" | "OK", at: number): string =>
  JSON.stringify({
    alerts: [
      {
        status: to === "ALARM" ? "firing" : "resolved",
        labels: { alertname: `Godwit-${article}`, severity: "error", components: "events,api" },
        annotations: {
          summary: "It fails.",
          description: "Threshold crossed",
          parts: "worker=w1",
          runbook_url: `docs/runbook.md#${article}`,
        },
        startsAt: new Date(at).toISOString(),
        endsAt: to === "OK" ? new Date(at).toISOString() : "0001-01-01T00:00:00Z",
      },
    ],
  });

it("reads the page that a watcher sends", () => {
  expect(receivedPages(notification("a-rule-fails", "ALARM", 1_000), 2_000)).toEqual([
    {
      way: "watcher",
      alarm: "Godwit-a-rule-fails",
      isStart: true,
      reason: "Threshold crossed",
      names: ["worker=w1"],
      text: {
        sentence: "It fails.",
        severity: "error",
        components: ["events", "api"],
        runbook: "a-rule-fails",
      },
      changedAt: 1_000,
      arrivedAt: 2_000,
    },
  ]);
});

it("receives a page once, however often it is sent, and its end", async () => {
  const receiver = await startPageReceiver();
  onTestFinished(receiver.stop);
  const sent = [
    notification("a-rule-fails", "ALARM", 1_000),
    notification("a-rule-fails", "ALARM", 1_000),
    notification("a-rule-fails", "OK", 2_000),
    notification("a-rule-fails", "OK", 2_000),
    notification("a-rule-fails", "ALARM", 3_000),
  ];
  for (const body of sent) await fetch(receiver.url, { method: "POST", body });
  expect(receiver.pages).toMatchObject([
    { isStart: true, changedAt: 1_000 },
    { isStart: false, changedAt: 2_000 },
    { isStart: true, changedAt: 3_000 },
  ]);
});

interface Given {
  readonly lastsSeconds?: number;
  /** A way that pages nothing. */
  readonly without?: PageWay;
  readonly watcherLateMs?: number;
}

/** A cloud whose alarms change when its clock advances. */
const cloudWith = async (
  startsAfterSeconds: Readonly<Record<string, number>>,
  { lastsSeconds = 300, without, watcherLateMs = 0 }: Given = {},
) => {
  const mails = await mkdtemp(join(tmpdir(), "godwit-pages-"));
  onTestFinished(() => rm(mails, { recursive: true, force: true }));
  await mkdir(join(mails, "mail"));
  const begun = Date.now();
  const received: Page[] = [];
  let seconds = 0;
  const states = new Map<string, string>();
  const set = async (article: string, to: "ALARM" | "OK"): Promise<void> => {
    states.set(article, to);
    const at = begun + seconds * 1_000 + 100;
    const file = join(mails, "mail", `${article}-${to}.eml`);
    if (without !== "mail") await writeFile(file, mail(change(article, to, at)));
    if (without === "watcher") return;
    const send = () =>
      void received.push(...receivedPages(notification(article, to, at), Date.now()));
    if (watcherLateMs > 0) setTimeout(send, watcherLateMs);
    else send();
  };
  const control = {
    async advanceAlarms(by: number) {
      seconds += by;
      for (const [article, after] of Object.entries(startsAfterSeconds)) {
        if (seconds >= after + lastsSeconds && states.get(article) === "ALARM")
          await set(article, "OK");
        if (seconds >= after && !states.has(article)) await set(article, "ALARM");
      }
    },
    alarms: async () =>
      [...states].map(([article, state]) => ({
        alarm: article,
        state,
        description: description(article),
      })),
  };
  return { mails, receivedPages: received, allRegions: [{ control }] };
};

const waits = { metricsMs: 0, pageArrivesMs: 10, watcherRunsMs: 60 };

const failedChecks = async (
  promise: PagePromise,
  cloud: Awaited<ReturnType<typeof cloudWith>>,
): Promise<string[]> => {
  const pages = watchPages(cloud, promise, "short", waits);
  pages.begin();
  await pages.beforeRecovery();
  const { checks } = await pages.finish();
  return checks
    .filter(({ passed }) => !passed)
    .map(({ promised, measured }) => `${promised}, ${measured}`);
};

const rule = "a-rule-fails";
const ruleFails: PagePromise = { required: [rule], allowed: [] };

describe("the pages of a drill", () => {
  it("keep the promise: the alarm pages in time by both ways, and ends", async () => {
    const cloud = await cloudWith({ [rule]: 60 });
    expect(await failedChecks(ruleFails, cloud)).toEqual([]);
  });

  it("are not those of the drill before, which a watcher may send late", async () => {
    const cloud = await cloudWith({ [rule]: 60 });
    const late = receivedPages(notification(rule, "ALARM", Date.now() - 30_000), Date.now() + 1);
    cloud.receivedPages.push(...late.map((page) => ({ ...page, reason: "another function" })));
    const names = { [rule]: /Threshold crossed/ };
    expect(await failedChecks({ ...ruleFails, names }, cloud)).toEqual([]);
  });

  it("may be sent by the next run of a watcher that has missed the event", async () => {
    const cloud = await cloudWith({ [rule]: 60 }, { watcherLateMs: 40 });
    expect(await failedChecks(ruleFails, cloud)).toEqual([]);
  });

  it("begin after the watcher has ended its page of the drill before", async () => {
    const cloud = await cloudWith({});
    cloud.receivedPages.push(
      ...receivedPages(notification(rule, "ALARM", Date.now() - 30_000), Date.now()),
    );
    let isEnded = false;
    setTimeout(() => {
      isEnded = true;
      cloud.receivedPages.push(...receivedPages(notification(rule, "OK", Date.now()), Date.now()));
    }, 30);
    await watchPages(cloud, ruleFails, "short", waits).settle();
    expect(isEnded).toBe(true);
  });

  it("fail the drill if the alarm does not page", async () => {
    expect(await failedChecks(ruleFails, await cloudWith({}))).toEqual([
      `page by mail: ${rule} within 120.0 s, never`,
      `page by watcher: ${rule} within 120.0 s, never`,
    ]);
  });

  it("fail the drill if the alarm pages too late", async () => {
    const failed = await failedChecks(ruleFails, await cloudWith({ [rule]: 180 }));
    expect(failed).toEqual([
      expect.stringMatching(/180.\d s$/),
      expect.stringMatching(/180.\d s$/),
    ]);
  });

  it.each(["mail", "watcher"] as const)("fail the drill without the way %s", async (without) => {
    const cloud = await cloudWith({ [rule]: 60 }, { without });
    expect(await failedChecks(ruleFails, cloud)).toEqual([
      `page by ${without}: ${rule} within 120.0 s, never`,
    ]);
  });

  it("fail the drill if the text does not name what failed", async () => {
    const names = (name: RegExp) => ({ ...ruleFails, names: { [rule]: name } });
    const [failed] = await failedChecks(names(/worker2/), await cloudWith({ [rule]: 60 }));
    expect(failed).toBe(`page by mail: ${rule} names what failed: yes, no`);
    const right = await failedChecks(names(/Threshold crossed/), await cloudWith({ [rule]: 60 }));
    expect(right).toEqual([]);
  });

  it("fail the drill if the text does not name what the drill has found out", async () => {
    const cloud = await cloudWith({ [rule]: 60 });
    const pages = watchPages(cloud, ruleFails, "short", waits);
    pages.begin();
    pages.expectName(rule, "2026/11/30/[$LATEST]b");
    await pages.beforeRecovery();
    const failed = (await pages.finish()).checks.filter(({ passed }) => !passed);
    expect(failed.map(({ promised }) => promised)).toEqual([
      `page by mail: ${rule} names what failed: yes`,
      `page by watcher: ${rule} names what failed: yes`,
    ]);
  });

  it("fail the drill if another alarm pages", async () => {
    const cloud = await cloudWith({ [rule]: 60, "a-function-fails": 60 });
    const [failed] = await failedChecks(ruleFails, cloud);
    expect(failed).toMatch(/^other pages: 0, 2: It fails\. \(error, mail; Godwit-a-function-fails/);
    const other = await cloudWith({ [rule]: 60, "a-function-fails": 60 });
    const promise = { required: [rule], allowed: ["a-function-fails"] };
    expect(await failedChecks(promise, other)).toEqual([]);
  });

  it("fail a drill that promises silence if an alarm pages", async () => {
    const [failed] = await failedChecks(
      { required: [], allowed: [] },
      await cloudWith({ [rule]: 60 }),
    );
    expect(failed).toMatch(/^other pages: 0, 2/);
  });

  it("fail the drill if an alarm does not end", async () => {
    const cloud = await cloudWith({ [rule]: 60 }, { lastsSeconds: 100_000 });
    const [failed] = await failedChecks(ruleFails, cloud);
    expect(failed).toMatch(`alarms that have not ended: 0, 2: ${rule}; no end by mail`);
  });
});
