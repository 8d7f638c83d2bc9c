import type { AlarmStates } from "../alarm/alarmStates.ts";
import { type AlarmChange, alarmReading, changeReading, pagesByItself } from "./alarmReadings.ts";
import { type DeliverDeps, deliverPages } from "./deliverPages.ts";
import { heartbeatReading } from "./heartbeatReading.ts";
import type { Heartbeats } from "./heartbeats.ts";
import { heartbeatKeptMs, runGapMs, unreadableMs, watcherWorkMs } from "./limits.ts";
import type { Page } from "./page.ts";
import { pagesAfter, type Reading } from "./reading.ts";
import { receiverReading, undelivered } from "./receiverReading.ts";
import { watchedRegion } from "./ring.ts";

export interface WatchDeps extends DeliverDeps {
  /** The region of this watcher. */
  readonly region: string;
  readonly regions: readonly string[];
  readonly alarms: AlarmStates;
  /** Whether an alarm has actions that are enabled. */
  readonly hasActions: (region: string, name: string) => Promise<boolean>;
  /** The articles of alarms whose group pages instead of them. */
  readonly groupedArticles: readonly string[];
  /** The link that acknowledges a self-test, if the reason of an alarm is one. */
  readonly ackUrlOf: (reason: string) => Promise<string | undefined>;
  readonly heartbeats: Heartbeats;
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
  const readings: Reading[] = [];
  for (const reading of alarmReadings) readings.push(await withLinks(reading, deps));
  if (isScheduled) {
    readings.push(...formerRegions(stored, deps.regions, begun));
    readings.push(...(await scheduledReadings({ watched, stored }, deps, memory)));
  }
  const receivers = new Set(deps.receivers.map(({ name }) => name));
  readings.push(receiverReading(stored, { region, receivers, now: begun }));
  let open: Page[] = stored;
  let opened = 0;
  for (const reading of readings) {
    const added = await apply(open, reading, deps);
    opened += added.filter(({ version }) => version === 1).length;
    open = replaced(open, added);
  }
  const delivered = await deliverPages(open, begun + watcherWorkMs, deps);
  await heartbeat;
  const late = undelivered(delivered, { receivers, now: begun });
  return { PagesOpened: opened, PagesUndelivered: late.length };
};

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

/** Stores the pages that a reading changes. One that another run has changed is left to it. */
const apply = async (
  open: readonly Page[],
  reading: Reading,
  { receivers, region, now, pages }: WatchDeps,
): Promise<Page[]> => {
  const names = receivers.map(({ name }) => name);
  const changed = pagesAfter(open, reading, { receivers: names, watcher: region, now: now() });
  const stored = await Promise.all(
    changed.map(async (page) => ((await pages.put(page)) ? [page] : [])),
  );
  return stored.flat();
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
  changes: readonly AlarmChange[],
  deps: WatchDeps,
  memory: WatchMemory,
): Promise<Reading[]> => {
  const at = deps.now();
  try {
    const active = await deps.alarms.active(watched);
    delete memory.unreadableSince;
    const names = new Set(active.map(({ name }) => name));
    const missing = changes.filter(({ region, name }) => region !== watched || !names.has(name));
    const paging = await Promise.all(
      missing.map(async (change) => ((await mayPage(change, deps)) ? [changeReading(change)] : [])),
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
    return [...paging.map(changeReading), ...unreadable(watched, at, memory.unreadableSince)];
  }
};

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

/** What only the schedule checks: the silence of the watched region, and further readings. */
const scheduledReadings = async (
  { watched, stored }: { readonly watched: string; readonly stored: readonly Page[] },
  deps: WatchDeps,
  memory: WatchMemory,
): Promise<Reading[]> => {
  const { region, now, heartbeats, onError } = deps;
  const readings: Reading[] = [];
  const more = deps.moreReadings().catch((error: unknown) => {
    onError("a check failed", error);
    return [];
  });
  try {
    const [known, isJudged] = await Promise.all([
      heartbeats.list(region),
      hasRecordedRuns(deps).catch((error: unknown) => {
        onError("a run was not recorded", error);
        return false;
      }),
    ]);
    const silence = heartbeatReading({
      from: watched,
      heartbeats: known,
      hasFailed: memory.unreadableSince !== undefined,
      hasRunBefore: isJudged,
      now: now(),
    });
    readings.push(silence);
    // The first heartbeat is expected from now on, unless its silence has a page, which continues.
    const last = known.find(({ from }) => from === watched)?.at ?? 0;
    const isPaged = stored.some(
      ({ source, key, resolvedAt }) =>
        source === silence.source && key === watched && resolvedAt === undefined,
    );
    if (now() - last > heartbeatKeptMs && !isPaged) {
      await heartbeats.record({ from: watched, by: region, at: now() });
    }
  } catch (error) {
    onError("the heartbeats were not read", error);
  }
  return [...readings, ...(await more)];
};

/**
 * Records this run beside the heartbeats, and returns whether the run before it was recorded too.
 * Otherwise this watcher was stopped, or the table took no writes: heartbeats may have arrived
 * without being stored.
 */
const hasRecordedRuns = async ({ region, heartbeats, now }: WatchDeps): Promise<boolean> => {
  const by = `${region} runs`;
  const [before] = await heartbeats.list(by);
  await heartbeats.record({ from: region, by, at: now() });
  return before !== undefined && now() - before.at <= runGapMs;
};
