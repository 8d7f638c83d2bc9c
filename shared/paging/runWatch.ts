import type { AlarmStates } from "../alarm/alarmStates.ts";
import {
  type AlarmText,
  parseAlarmText,
  problemArticle,
  silenceArticle,
} from "../alarm/alarmText.ts";
import { type AlarmChange, alarmReading, changeReading, pagesByItself } from "./alarmReadings.ts";
import { type DeliverDeps, deliverPages } from "./deliverPages.ts";
import {
  conflictsMax,
  conflictWaitMs,
  reasonCharsMax,
  unreadableMs,
  watcherWorkMs,
} from "./limits.ts";
import type { Page } from "./page.ts";
import { pagesAfter, type Reading, type Signal } from "./reading.ts";
import { receiverReading, undelivered } from "./receiverReading.ts";
import { watchedRegion } from "./ring.ts";
import { shortened } from "./shortened.ts";
import { checkSilence, type SilenceCheck, type SilenceDeps } from "./watchSilence.ts";

export interface WatchDeps extends DeliverDeps, SilenceDeps {
  readonly regions: readonly string[];
  /** Further regions that `moreReadings` reads. */
  readonly furtherRegions: readonly string[];
  readonly alarms: AlarmStates;
  /** Whether an alarm has actions that are enabled. */
  readonly hasActions: (region: string, name: string) => Promise<boolean>;
  /** The articles of alarms whose group pages instead of them. */
  readonly groupedArticles: readonly string[];
  /** The link that acknowledges a self-test, if the reason of an alarm is one. */
  readonly ackUrlOf: (reason: string) => Promise<string | undefined>;
  /** Starts the alarm by which SNS of this region pages the silence of the watched one. */
  readonly tellSilence: (reason: string) => Promise<void>;
  /** The same for what this watcher finds and no alarm of the watched region reports. */
  readonly tellProblem: (reason: string) => Promise<void>;
  /** Sends a heartbeat to the watcher of the next region. */
  readonly sendHeartbeat: () => Promise<void>;
  /** Further readings of a scheduled run: drift, self-tests. */
  readonly moreReadings: () => Promise<readonly Reading[]>;
}

/** What a worker remembers from one run to the next. */
export interface WatchMemory {
  /** Since when CloudWatch of the watched region has not responded. */
  unreadableSince?: number;
}

interface Run {
  /** Whether the schedule started the run, which then also checks what is silent. */
  readonly isScheduled: boolean;
  readonly changes: readonly AlarmChange[];
}

/** Counters of a run, as metrics. */
export interface WatchCounts {
  readonly PagesOpened: number;
  /** Deliveries that are late or given up: pages by way 1. */
  readonly PagesUndelivered: number;
  /** 1 while the watched region is silent: pages by way 1. */
  readonly RegionsSilent: number;
  /** Problems that no alarm reports: pages by way 1. */
  readonly ProblemsFound: number;
}

/**
 * One run of a watcher: it reads the alarms of the watched region, adds and ends pages, and makes
 * the attempts that are due. A run can be repeated, and two runs can overlap.
 */
export const runWatch = async (
  { isScheduled, changes }: Run,
  deps: WatchDeps,
  memory: WatchMemory,
): Promise<WatchCounts> => {
  const { region, now, pages, onError } = deps;
  const begun = now();
  const watched = watchedRegion(region, deps.regions);
  const heartbeat = isScheduled
    ? deps.sendHeartbeat().catch(reporter("no heartbeat", onError))
    : undefined;
  const [alarmReadings, stored] = await Promise.all([
    readAlarms(watched, changes, deps, memory),
    pages.open(region),
  ]);
  const receivers = new Set(deps.receivers.map(({ name }) => name));
  const silence = isScheduled
    ? await checkSilence({ watched, stored, hasFailed: memory.unreadableSince !== undefined }, deps)
    : undefined;
  const readings: Reading[] = [];
  for (const reading of alarmReadings) {
    if (!followsFrom(silence, reading)) readings.push(await withLinks(reading, deps));
  }
  const known = [...deps.regions, ...deps.furtherRegions];
  if (isScheduled) readings.push(...formerRegions(stored, known, begun));
  if (silence?.reading !== undefined) readings.push(silence.reading);
  readings.push(receiverReading(stored, { region, receivers, now: begun }));
  const first = await sendPages(stored, readings, { deps, deadline: begun + watcherWorkMs });
  const further = isScheduled ? await furtherReadings(silence, deps) : [];
  const all = await sendPages(first.open, further, { deps, deadline: begun + watcherWorkMs });
  await Promise.all([heartbeat, ...first.told, ...all.told]);
  const late = undelivered(all.open, { receivers, now: begun });
  return {
    PagesOpened: first.opened + all.opened,
    PagesUndelivered: late.length,
    RegionsSilent: sum([...readings, ...further], silencesOf),
    ProblemsFound: sum([...readings, ...further], problemsOf),
  };
};

/**
 * A CloudWatch that does not respond follows from the loss of its region, which is one page. While
 * the next heartbeat is due, that is not known yet.
 */
const followsFrom = (silence: SilenceCheck | undefined, { source, signals }: Reading): boolean =>
  source.startsWith("cloudwatch/") &&
  signals.length > 0 &&
  (silence?.later !== undefined || (silence?.reading?.signals ?? []).length > 0);

/** What takes some seconds: other pages are sent before. */
const furtherReadings = async (
  silence: SilenceCheck | undefined,
  { moreReadings, onError }: WatchDeps,
): Promise<Reading[]> => {
  const [later, more] = await Promise.all([
    silence?.later?.(),
    moreReadings().catch((error: unknown) => {
      onError("a check failed", error);
      return [];
    }),
  ]);
  return [...(later === undefined ? [] : [later]), ...more];
};

interface Round {
  readonly deps: WatchDeps;
  readonly deadline: number;
}

/** Stores what the readings change, and makes the attempts that are due. */
const sendPages = async (
  stored: readonly Page[],
  readings: readonly Reading[],
  { deps, deadline }: Round,
): Promise<{ open: readonly Page[]; opened: number; told: readonly Promise<void>[] }> => {
  let open = stored;
  let opened = 0;
  const told: Promise<void>[] = [];
  for (const reading of readings) {
    const added = await apply(open, reading, deps);
    const begun = added.filter(({ version }) => version === 1);
    opened += begun.length;
    open = replaced(open, added);
    if (begun.length === 0) continue;
    const isNew = ({ key }: Signal): boolean => begun.some((page) => page.key === key);
    for (const { reason = "" } of silencesOf(reading).filter(isNew)) {
      told.push(deps.tellSilence(reason).catch(reporter("SNS does not page", deps.onError)));
    }
    // One message for all: the alarm has one state.
    const problems = problemsOf(reading).filter(isNew);
    if (problems.length > 0) {
      const reason = problems.map(({ summary }) => summary).join(" ");
      const sent = deps.tellProblem(shortened(reason, reasonCharsMax));
      told.push(sent.catch(reporter("SNS does not page", deps.onError)));
    }
  }
  return { open: await deliverPages(open, deadline, deps), opened, told };
};

const silencesOf = ({ signals }: Reading): Reading["signals"] =>
  signals.filter(({ runbook }) => runbook === silenceArticle);

/** The problems of readings that are neither alarms nor about the pages themselves. */
const problemsOf = ({ source, signals }: Reading): Reading["signals"] =>
  /^(cloudwatch|drift|rules|secrets)\//.test(source) ? signals : [];

const sum = (readings: readonly Reading[], of: (reading: Reading) => Reading["signals"]): number =>
  readings.reduce((count, reading) => count + of(reading).length, 0);

/** Nothing reads the alarms of a region that the deployment no longer has: their pages end. */
const formerRegions = (
  stored: readonly Page[],
  regions: readonly string[],
  at: number,
): Reading[] => {
  const former = stored.filter(({ region }) => !regions.includes(region));
  return [...new Set(former.map(({ source }) => source))].map((source) => ({
    source,
    at,
    signals: [],
    ended: former.filter((page) => page.source === source).map(({ key }) => key),
  }));
};

/** Adds its link to the page of a self-test. */
const withLinks = async (reading: Reading, { ackUrlOf, onError }: WatchDeps): Promise<Reading> => {
  const signals = await Promise.all(
    reading.signals.map(async (signal) => {
      const ackUrl = await ackUrlOf(signal.reason ?? "").catch((error: unknown) => {
        onError("the link of a self-test was not made", error);
        return undefined;
      });
      return ackUrl === undefined ? signal : { ...signal, ackUrl };
    }),
  );
  return { ...reading, signals };
};

type OnError = DeliverDeps["onError"];

const reporter =
  (what: string, onError: OnError) =>
  (error: unknown): void =>
    onError(what, error);

/**
 * Stores the pages that a reading changes, and returns them. If another run has changed one
 * meanwhile, the reading is applied to what that run has stored.
 */
const apply = async (
  stored: readonly Page[],
  reading: Reading,
  { receivers, region, now, pages, wait, random, onError }: WatchDeps,
): Promise<Page[]> => {
  const names = receivers.map(({ name }) => name);
  const done: Page[] = [];
  let open = stored;
  for (let tries = 0; tries < conflictsMax; tries += 1) {
    const changed = pagesAfter(open, reading, { receivers: names, watcher: region, now: now() });
    const results = await Promise.all(
      changed.map(async (page) => ({ page, isStored: await pages.put(page) })),
    );
    done.push(...results.flatMap(({ page, isStored }) => (isStored ? [page] : [])));
    if (results.every(({ isStored }) => isStored)) return done;
    await wait(conflictWaitMs(tries, random()));
    open = replaced(await pages.open(region), done);
  }
  onError("a reading was not stored", `the pages of ${reading.source} are being changed`);
  return done;
};

const replaced = (open: readonly Page[], changed: readonly Page[]): Page[] => {
  const byKey = new Map([...open, ...changed].map((page) => [page.dedupKey, page]));
  return [...byKey.values()];
};

/**
 * The alarms of the watched region. If CloudWatch does not respond, the changes that EventBridge
 * has reported are used, and after a while it pages.
 */
const readAlarms = async (
  watched: string,
  given: readonly AlarmChange[],
  deps: WatchDeps,
  memory: WatchMemory,
): Promise<Reading[]> => {
  const at = deps.now();
  const changes = given.filter(({ description }) => !isOfWatcher(parseAlarmText(description)));
  try {
    const active = (await deps.alarms.active(watched)).filter(({ text }) => !isOfWatcher(text));
    delete memory.unreadableSince;
    const names = new Set(active.map(({ name }) => name));
    const missing = changes.filter(({ region, name }) => region !== watched || !names.has(name));
    const paging = await Promise.all(
      missing.map(async (change) =>
        (await mayPage(change, deps)) ? [changeReading(change, at)] : [],
      ),
    );
    return [
      alarmReading(watched, active, at),
      ...paging.flat(),
      { source: `cloudwatch/${watched}`, at, signals: [] },
    ];
  } catch (error) {
    deps.onError("the alarms were not read", error);
    memory.unreadableSince ??= at;
    const paging = changes.filter((change) => pagesByItself(change, deps.groupedArticles));
    return [
      ...paging.map((change) => changeReading(change, at)),
      ...unreadable(watched, at, memory.unreadableSince),
    ];
  }
};

/** The alarms that a watcher starts, which pages their reason itself. */
const isOfWatcher = (text: AlarmText | undefined): boolean =>
  text?.runbook === silenceArticle || text?.runbook === problemArticle;

/** A change of an alarm without actions is that of a part of another alarm. */
const mayPage = async (
  { region, name, state }: AlarmChange,
  { hasActions, onError }: WatchDeps,
): Promise<boolean> => {
  if (state !== "ALARM") return true;
  return hasActions(region, name).catch((error: unknown) => {
    onError("an alarm was not read", error);
    return true;
  });
};

const unreadable = (region: string, at: number, since: number): Reading[] => {
  if (at - since < unreadableMs) return [];
  const signal = {
    key: region,
    region,
    summary: `CloudWatch of ${region} does not respond: its alarms are not known.`,
    severity: "error" as const,
    components: [],
    runbook: "the-watcher-cannot-read-alarms",
    since,
  };
  return [{ source: `cloudwatch/${region}`, at, signals: [signal] }];
};
