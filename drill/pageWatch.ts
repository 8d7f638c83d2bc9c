import { setTimeout as wait } from "node:timers/promises";
import { alarmNamePrefix } from "#shared/alarm/limits.ts";
import type { Check, Form } from "./checks.ts";
import { formatSeconds, within } from "./checks.ts";
import type { CloudProcess } from "./cloud/cloudProcess.ts";
import type { RegionControl } from "./cloud/regionControl.ts";
import { lateFactor, waitFor } from "./load/waitFor.ts";
import { type Page, type PageWay, pageWays, readPages } from "./pages.ts";

/** The pages that a drill promises, by the articles of the runbook. */
export interface PagePromise {
  /** The alarms that must page, by both ways. Empty: the failure needs no person. */
  readonly required: readonly string[];
  /** Further alarms that may page, because they follow from the failure. */
  readonly allowed: readonly string[];
  /** What the text of a required page must name: the part that failed, by article. */
  readonly names?: Readonly<Record<string, RegExp>>;
  /** The forms of the drill that promise this. Default: both. */
  readonly forms?: readonly Form[];
}

/** Watches the pages of a drill. */
export interface PageWatch {
  /**
   * Called before the drill: alarms of an earlier drill on the same cloud page before it begins,
   * and end. A group that is active would not page again.
   */
  settle(): Promise<void>;
  /** The failure begins now. */
  begin(): void;
  /** From now on, the text of a required page must also name this: known only in the drill. */
  expectName(article: string, name: string): void;
  /**
   * Called before the failure is cleared: waits until the promised alarms have paged. The short
   * form advances the clock of CloudWatch instead.
   */
  beforeRecovery(): Promise<void>;
  /** Waits until all alarms have ended, and compares the pages with the promise. */
  finish(): Promise<{ checks: Check[]; details: Record<string, string> }>;
}

/** A page comes within this time after the start of a failure. */
export const pagedMsMax = 120_000;
/** The longest window of an alarm that a drill causes, and two evaluations. */
const endedSecondsMax = 25 * 60;
const stepSeconds = 60;
/** Time of the machine for each minute of CloudWatch in which the long form waits for ends. */
const endStepMs = 15_000;
/**
 * Time of the machine for functions to write metrics, for the mail of an alarm, and for the next
 * run of a watcher that has missed the event of an alarm, which is a minute later.
 */
const machineWaits = { metricsMs: 1_500, pageArrivesMs: 10_000, watcherRunsMs: 75_000 };

/**
 * Alarms on the runs of schedules and on heartbeats, which follow the clock of the machine: they
 * start when only the clock of CloudWatch advances. A self-test is due an hour after the start.
 */
const onMachineTime: readonly string[] = [
  "the-schedule-does-not-run",
  "the-canary-does-not-run",
  "a-self-test-of-the-pages",
];

/** A warning that a busy machine causes: a function does not keep up within its concurrency. */
const onBusyMachine = "a-function-is-throttled";

/** The pages of a cloud, and the alarms of its regions. */
interface WatchedCloud extends Pick<CloudProcess, "mails" | "receivedPages"> {
  readonly allRegions: readonly {
    readonly control: Pick<RegionControl, "alarms" | "advanceAlarms">;
  }[];
}

/** How far the clocks of the alarms of a cloud are ahead of that of the machine, in ms. */
const aheadOf = new WeakMap<WatchedCloud, number>();

/** Watches both ways of pages of a cloud. */
export const watchPages = (
  cloud: WatchedCloud,
  given: PagePromise | undefined,
  form: Form,
  { metricsMs, pageArrivesMs, watcherRunsMs } = machineWaits,
): PageWatch => {
  const promise = given?.forms?.includes(form) === false ? undefined : given;
  let begun = { at: 0, alarmsAt: 0 };
  const expectedNames = new Map<string, string>();
  const ahead = (): number => aheadOf.get(cloud) ?? 0;
  const advance = async (seconds: number): Promise<void> => {
    for (const { control } of cloud.allRegions) await control.advanceAlarms(seconds);
    aheadOf.set(cloud, ahead() + seconds * 1_000);
  };
  const allPages = async (): Promise<Page[]> => [
    ...(await readPages(cloud.mails)),
    ...cloud.receivedPages,
  ];
  /** Those of alarms that have changed since the failure, by whichever way they are late. */
  const pages = async (): Promise<Page[]> => (await allPages()).filter(isOfDrill);
  const isOfDrill = (page: Page): boolean =>
    // The end of a page, and the watcher's own pages, have the time of the machine.
    page.way === "mail" || (page.isStart && page.alarm.startsWith(alarmNamePrefix))
      ? page.changedAt >= begun.alarmsAt
      : page.arrivedAt >= begun.at;
  const started = async (): Promise<Page[]> =>
    (await pages()).filter(
      ({ isStart, text }) => isStart && !onMachineTime.includes(articleOf({ text })),
    );
  const required = promise?.required ?? [];
  const isPaged = async (): Promise<boolean> => {
    const found = (await started()).map((page) => `${page.way} ${articleOf(page)}`);
    return required.every((article) =>
      pageWays.every((way) => found.includes(`${way} ${article}`)),
    );
  };
  const activeAlarms = async () => {
    const all = await Promise.all(cloud.allRegions.map(({ control }) => control.alarms()));
    return all
      .flat()
      .filter(({ state, description }) => state === "ALARM" && !isOnMachineTime(description));
  };
  const areActive = async (): Promise<boolean> => {
    const active = await activeAlarms();
    return required.every((article) =>
      active.some(({ description }) => description?.endsWith(`#${article}`)),
    );
  };
  /** Steps by the clock of CloudWatch. Past the allowed time, to report how late a page is. */
  const advanceUntilPaged = async (): Promise<void> => {
    for (let s = 0; s < (lateFactor * pagedMsMax) / 1_000; s += stepSeconds) {
      await wait(metricsMs);
      await advance(stepSeconds);
      if (await areActive()) {
        await waitFor(isPaged, watcherRunsMs / lateFactor);
        return;
      }
    }
  };
  /** By the clock of CloudWatch. The second way is later by the time between both arrivals. */
  const afterMs = (page: Page, all: readonly Page[]): number => {
    if (form === "long") return page.arrivedAt - begun.at;
    const mail = all.find(({ way, alarm }) => way === "mail" && alarm === page.alarm) ?? page;
    return mail.changedAt - begun.alarmsAt + Math.max(0, page.arrivedAt - mail.arrivedAt);
  };
  /** Steps until no alarm is active, within the longest window. Returns those that still are. */
  const advanceUntilEnded = async () => {
    let active = await activeAlarms();
    for (let s = 0; s < endedSecondsMax && active.length > 0; s += stepSeconds) {
      // Messages that failed are processed by the clock of the machine, after some minutes.
      if (form === "long") await wait(endStepMs);
      await advance(stepSeconds);
      active = await activeAlarms();
    }
    return active;
  };
  const allEnded = async (): Promise<string[]> => {
    const active = await advanceUntilEnded();
    // The short form does not wait for the next run of a watcher.
    const unended = async () =>
      unendedPages((await pages()).filter(({ way }) => form === "long" || way === "mail"));
    const endsArriveMs = form === "long" ? watcherRunsMs + pageArrivesMs : pageArrivesMs;
    await waitFor(async () => (await unended()).length === 0, endsArriveMs);
    return [...active.map(({ alarm }) => alarm), ...(await unended())];
  };
  return {
    async settle() {
      if (promise === undefined) return;
      await advance(2 * stepSeconds);
      await advanceUntilEnded();
      // A page that is open at a watcher would not be sent again.
      const open = async () =>
        unendedPages((await allPages()).filter((page) => required.includes(articleOf(page))));
      await waitFor(async () => (await open()).length === 0, watcherRunsMs / lateFactor);
    },
    expectName: (article, name) => void expectedNames.set(article, name),
    begin() {
      begun = { at: Date.now(), alarmsAt: Date.now() + ahead() };
    },
    async beforeRecovery() {
      if (promise === undefined) return;
      if (form === "long") await waitFor(isPaged, required.length > 0 ? pagedMsMax : 0);
      // An alarm that should not page would do so now.
      else if (required.length === 0) await advance(pagedMsMax / 1_000);
      else await advanceUntilPaged();
    },
    async finish() {
      const found = promise === undefined ? await started() : [];
      if (promise === undefined) return { checks: [], details: detailsOf(found, afterMs) };
      const active = await allEnded();
      const all = await started();
      const expected = [...required, ...promise.allowed, onBusyMachine];
      const others = all.filter((page) => !expected.includes(articleOf(page)));
      const illegible = all.filter(({ text }) => text === undefined);
      return {
        checks: [
          ...required.flatMap((article) =>
            pageWays.flatMap((way) => {
              const first = all.find((page) => page.way === way && articleOf(page) === article);
              const after = first && afterMs(first, all);
              const name = expectedNames.get(article) ?? promise.names?.[article];
              return [
                within(`page by ${way}: ${article}`, after, pagedMsMax),
                ...(name === undefined ? [] : [naming(first, { article, way, name })]),
              ];
            }),
          ),
          none("other pages", others.map(describe)),
          none("pages without severity, components or runbook", illegible.map(describe)),
          none("alarms that have not ended", active),
        ],
        details: detailsOf(all, afterMs),
      };
    },
  };
};

/** The latest pages of alarms whose end a person did not receive by the same way. */
const unendedPages = (pages: readonly Page[]): string[] => {
  const latest = new Map<string, Page>();
  for (const page of pages) {
    if (!onMachineTime.includes(articleOf(page))) latest.set(`${page.way} ${page.alarm}`, page);
  }
  return [...latest].filter(([, { isStart }]) => isStart).map(([key]) => `no end by ${key}`);
};

/** Checks that a page names what failed. */
const naming = (
  page: Page | undefined,
  { article, way, name }: { article: string; way: PageWay; name: RegExp | string },
): Check => {
  const text = page && [page.text?.sentence, ...page.names, page.reason].join("; ");
  const found = typeof name === "string" ? text?.includes(name) && name : text?.match(name)?.[0];
  return {
    promised: `page by ${way}: ${article} names what failed: yes`,
    measured: found || "no",
    passed: Boolean(found),
  };
};

const detailsOf = (
  pages: readonly Page[],
  afterMs: (page: Page, all: readonly Page[]) => number,
): Record<string, string> =>
  Object.fromEntries(
    pages.map((page, i) => [
      `page ${i + 1}, after ${formatSeconds(afterMs(page, pages))}`,
      describe(page),
    ]),
  );

const articleOf = ({ text }: Pick<Page, "text">): string => text?.runbook ?? "";

const isOnMachineTime = (description = ""): boolean =>
  onMachineTime.some((article) => description.endsWith(`#${article}`));

const describe = ({ way, alarm, names, text, reason }: Page): string =>
  `${text?.sentence ?? "?"} (${text?.severity ?? "?"}, ${way}; ${alarm}${names.map((name) => `, ${name}`).join("")}; ${reason})`;

const none = (subject: string, found: readonly string[]): Check => ({
  promised: `${subject}: 0`,
  measured: found.length === 0 ? "0" : `${found.length}: ${found.join("; ")}`,
  passed: found.length === 0,
});
