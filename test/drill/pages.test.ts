import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { pageFrom } from "../../drill/pages.ts";
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

/** A cloud whose alarms change when its clock advances. */
const cloudWith = async (
  startsAfterSeconds: Readonly<Record<string, number>>,
  lastsSeconds = 300,
) => {
  const mails = await mkdtemp(join(tmpdir(), "godwit-pages-"));
  onTestFinished(() => rm(mails, { recursive: true, force: true }));
  await mkdir(join(mails, "mail"));
  const begun = Date.now();
  let seconds = 0;
  const states = new Map<string, string>();
  const set = async (article: string, to: "ALARM" | "OK"): Promise<void> => {
    states.set(article, to);
    const file = join(mails, "mail", `${article}-${to}.eml`);
    await writeFile(file, mail(change(article, to, begun + seconds * 1_000 + 100)));
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
  return { mails, allRegions: [{ control }] };
};

const failedChecks = async (
  promise: PagePromise,
  cloud: Awaited<ReturnType<typeof cloudWith>>,
): Promise<string[]> => {
  const pages = watchPages(cloud, promise, "short");
  pages.begin();
  await pages.beforeRecovery();
  const { checks } = await pages.finish();
  return checks
    .filter(({ passed }) => !passed)
    .map(({ promised, measured }) => `${promised}, ${measured}`);
};

describe("the pages of a drill", () => {
  it("keep the promise: the alarm pages in time, and ends", async () => {
    const cloud = await cloudWith({ "a-rule-fails": 60 });
    expect(await failedChecks({ required: ["a-rule-fails"], allowed: [] }, cloud)).toEqual([]);
  });

  it("fail the drill if the alarm does not page", async () => {
    const failed = await failedChecks(
      { required: ["a-rule-fails"], allowed: [] },
      await cloudWith({}),
    );
    expect(failed).toEqual(["page: a-rule-fails within 120.0 s, never"]);
  });

  it("fail the drill if another alarm pages", async () => {
    const cloud = await cloudWith({ "a-rule-fails": 60, "a-function-fails": 60 });
    const [failed] = await failedChecks({ required: ["a-rule-fails"], allowed: [] }, cloud);
    expect(failed).toMatch(/^other pages: 0, 1: It fails\. \(error, mail; Godwit-a-function-fails/);
    const other = await cloudWith({ "a-rule-fails": 60, "a-function-fails": 60 });
    const promise = { required: ["a-rule-fails"], allowed: ["a-function-fails"] };
    expect(await failedChecks(promise, other)).toEqual([]);
  });

  it("fail the drill if an alarm does not end", async () => {
    const cloud = await cloudWith({ "a-rule-fails": 60 }, 100_000);
    expect(await failedChecks({ required: ["a-rule-fails"], allowed: [] }, cloud)).toEqual([
      "alarms that have not ended: 0, 1: a-rule-fails",
    ]);
  });
});
