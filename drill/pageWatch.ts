import type { Check, Form } from "./checks.ts";
import { formatSeconds, within } from "./checks.ts";
import type { CloudProcess } from "./cloud/cloudProcess.ts";
import type { RegionControl } from "./cloud/regionControl.ts";
import { waitFor } from "./load/waitFor.ts";
import { type Page, readPages } from "./pages.ts";

/** The pages that a drill promises, by the articles of the runbook. */
export interface PagePromise {
  /** The alarms that must page. Empty: the failure needs no person. */
  readonly required: readonly string[];
  /** Further alarms that may page, because they follow from the failure. */
  readonly allowed: readonly string[];
}

/** Watches the pages of a drill. */
export interface PageWatch {
  /**
   * Called before the drill: alarms of an earlier drill on the same cloud page before it begins.
   */
  settle(): Promise<void>;
  /** The failure begins now. */
  begin(): void;
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

/**
 * Alarms on the runs of schedules and on heartbeats, which follow the clock of the machine: they
 * start when only the clock of CloudWatch advances.
 */
const onMachineTime: readonly string[] = ["the-schedule-does-not-run", "the-canary-does-not-run"];

/** The mails of a cloud, and the alarms of its regions. */
interface WatchedCloud extends Pick<CloudProcess, "mails"> {
  readonly allRegions: readonly {
    readonly control: Pick<RegionControl, "alarms" | "advanceAlarms">;
  }[];
}

/** Watches the mails of a cloud for pages. */
export const watchPages = (
  cloud: WatchedCloud,
  promise: PagePromise | undefined,
  form: Form,
): PageWatch => {
  let begun: { readonly at: number; readonly aheadMs: number } | undefined;
  let aheadMs = 0;
  const advance = async (seconds: number): Promise<void> => {
    for (const { control } of cloud.allRegions) await control.advanceAlarms(seconds);
    aheadMs += seconds * 1_000;
  };
  const pages = async (): Promise<Page[]> => {
    const { at, aheadMs: ahead } = begun ?? { at: 0, aheadMs: 0 };
    const all = await readPages(cloud.mails);
    return all.filter(({ changedAt, mailedAt }) => mailedAt >= at && changedAt >= at + ahead);
  };
  const started = async (): Promise<Page[]> =>
    (await pages()).filter(
      ({ isStart, text }) => isStart && !onMachineTime.includes(articleOf({ text })),
    );
  const isPaged = async (): Promise<boolean> => {
    const found = (await started()).map(articleOf);
    return (promise?.required ?? []).every((article) => found.includes(article));
  };
  const activeAlarms = async (): Promise<string[]> => {
    const all = await Promise.all(cloud.allRegions.map(({ control }) => control.alarms()));
    return all
      .flat()
      .filter(({ state, description }) => state === "ALARM" && !isOnMachineTime(description))
      .map(({ alarm }) => alarm);
  };
  const afterMs = (page: Page): number =>
    form === "short"
      ? page.changedAt - (begun?.at ?? 0) - (begun?.aheadMs ?? 0)
      : page.mailedAt - (begun?.at ?? 0);
  return {
    async settle() {
      if (promise !== undefined) await advance(2 * stepSeconds);
    },
    begin() {
      begun = { at: Date.now(), aheadMs };
    },
    async beforeRecovery() {
      if (promise === undefined || promise.required.length === 0) return;
      if (form === "long") await waitFor(isPaged, pagedMsMax);
      else
        for (let s = 0; s < pagedMsMax / 1_000 && !(await isPaged()); s += stepSeconds)
          await advance(stepSeconds);
    },
    async finish() {
      if (promise === undefined)
        return { checks: [], details: detailsOf(await started(), afterMs) };
      let active = await activeAlarms();
      for (let s = 0; s < endedSecondsMax && active.length > 0; s += stepSeconds) {
        await advance(stepSeconds);
        active = await activeAlarms();
      }
      const found = await started();
      const others = found.filter(
        (page) => ![...promise.required, ...promise.allowed].includes(articleOf(page)),
      );
      const illegible = found.filter(({ text }) => text === undefined);
      return {
        checks: [
          ...promise.required.map((article) => {
            const first = found.find((page) => articleOf(page) === article);
            return within(`page: ${article}`, first && afterMs(first), pagedMsMax);
          }),
          none("other pages", others.map(describe)),
          none("pages without severity, components or runbook", illegible.map(describe)),
          none("alarms that have not ended", active),
        ],
        details: detailsOf(found, afterMs),
      };
    },
  };
};

const detailsOf = (
  pages: readonly Page[],
  afterMs: (page: Page) => number,
): Record<string, string> =>
  Object.fromEntries(
    pages.map((page, i) => [
      `page ${i + 1}, after ${formatSeconds(afterMs(page))}`,
      describe(page),
    ]),
  );

const articleOf = ({ text }: Pick<Page, "text">): string => text?.runbook ?? "";

const isOnMachineTime = (description = ""): boolean =>
  onMachineTime.some((article) => description.endsWith(`#${article}`));

const describe = ({ alarm, names, text, reason }: Page): string =>
  `${text?.sentence ?? "?"} (${text?.severity ?? "?"}, mail; ${alarm}${names.map((name) => `, ${name}`).join("")}; ${reason})`;

const none = (subject: string, found: readonly string[]): Check => ({
  promised: `${subject}: 0`,
  measured: found.length === 0 ? "0" : `${found.length}: ${found.join("; ")}`,
  passed: found.length === 0,
});
