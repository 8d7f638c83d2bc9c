import type { AlarmText } from "../alarm/alarmText.ts";
import {
  reasonCharsMax,
  signalsMax,
  sliceMax,
  slicePartCharsMax,
  summaryCharsMax,
} from "./limits.ts";
import { dedupKeyOf, dueEvent, type Page, type PageDelivery, pageId } from "./page.ts";
import { shortened } from "./shortened.ts";

/** A problem that exists at the time of a reading. */
export interface Signal extends Pick<AlarmText, "severity" | "components"> {
  /** Unique within its source, and the same in each reading. */
  readonly key: string;
  readonly region: string;
  readonly summary: string;
  readonly runbook?: string | undefined;
  readonly slice?: readonly string[];
  readonly reason?: string;
  /** In milliseconds since 1970. */
  readonly since: number;
  /** Receivers that are not told, because they are the problem. */
  readonly exceptReceivers?: readonly string[];
  readonly ackUrl?: string | undefined;
}

/** Problems as one source knows them at a time. */
export interface Reading {
  readonly source: string;
  /** The time of the reading, in milliseconds since 1970. */
  readonly at: number;
  readonly signals: readonly Signal[];
  /** Keys of problems whose state the source does not know: their pages stay as they are. */
  readonly unknown?: readonly string[];
  /** The problems that have ended. Without this field, the reading is complete: all others have. */
  readonly ended?: readonly string[];
  /** Younger changes may be missing in a complete reading. Default: 0. */
  readonly lagMs?: number;
}

interface Context {
  /** The names of the receivers. */
  readonly receivers: readonly string[];
  /** The region of the watcher. */
  readonly watcher: string;
  readonly now: number;
}

/**
 * The pages that a reading adds or changes. Readings may arrive twice and in any order: a reading
 * that is older than the one in a page does not change the page.
 */
export const pagesAfter = (open: readonly Page[], reading: Reading, context: Context): Page[] => {
  const { source, at, unknown = [], ended, lagMs = 0 } = reading;
  const known = new Map(
    open.filter((page) => page.source === source).map((page) => [page.key, page]),
  );
  const signals = bounded(reading);
  // A problem that is not among the first ones has not ended.
  const present = new Set([...signals, ...reading.signals].map(({ key }) => key));
  const changed: Page[] = [];
  for (const signal of signals) {
    const page = known.get(signal.key);
    if (page === undefined) changed.push(newPage(signal, reading, context));
    else if (page.readAt < at) changed.push(stillOpen(page, signal, at, context));
  }
  for (const page of known.values()) {
    if (page.resolvedAt !== undefined || present.has(page.key) || page.readAt >= at) continue;
    const isOver = ended?.includes(page.key) ?? page.readAt < at - lagMs;
    if (unknown.includes(page.key) || !isOver) continue;
    changed.push(withState({ ...page, resolvedAt: at, readAt: at }, page, context.now));
  }
  return changed;
};

/** Further problems are one: a flood of pages hides the problem that matters. */
const bounded = ({ source, at, signals }: Reading): readonly Signal[] => {
  if (signals.length <= signalsMax) return signals;
  const { region = "", severity = "error" } = signals[signalsMax] ?? {};
  const further: Signal = {
    key: "further",
    region,
    summary: `${signals.length - signalsMax} further problems of ${source}.`,
    severity,
    components: [],
    since: at,
  };
  return [...signals.slice(0, signalsMax), further];
};

const newPage = (
  signal: Signal,
  { source, at }: Reading,
  { receivers, watcher, now }: Context,
): Page => {
  const dedupKey = dedupKeyOf({ source, key: signal.key });
  const { ackUrl } = signal;
  return {
    id: pageId(dedupKey, now),
    dedupKey,
    watcher,
    source,
    ...described(signal),
    since: signal.since,
    createdAt: now,
    readAt: at,
    ...(ackUrl !== undefined && { ackUrl }),
    version: 1,
    deliveries: missingDeliveries([], signal, { receivers, now }),
  };
};

/** The deliveries to receivers that have none: they were added since, or the page is new. */
const missingDeliveries = (
  known: readonly PageDelivery[],
  { exceptReceivers = [] }: Signal,
  { receivers, now }: Pick<Context, "receivers" | "now">,
): PageDelivery[] =>
  receivers
    .filter((name) => !exceptReceivers.includes(name))
    .filter((name) => !known.some(({ receiver }) => receiver === name))
    .map((name) => newDelivery(name, now));

/** The delivery to a receiver that knows nothing of the page. */
const newDelivery = (receiver: string, now: number): PageDelivery => ({
  receiver,
  told: "nothing",
  failures: 0,
  dueSince: now,
  nextAt: now,
  attempts: [],
});

const described = (signal: Signal) => ({
  key: signal.key,
  region: signal.region,
  summary: shortened(signal.summary, summaryCharsMax),
  severity: signal.severity,
  components: [...signal.components],
  slice: (signal.slice ?? []).slice(0, sliceMax).map((part) => shortened(part, slicePartCharsMax)),
  reason: shortened(signal.reason ?? "", reasonCharsMax),
  ...(signal.runbook !== undefined && { runbook: signal.runbook }),
});

/** The page of a problem that continues, or that has started again before its end was told. */
const stillOpen = (page: Page, signal: Signal, at: number, context: Context): Page => {
  const { resolvedAt, ...rest } = page;
  const again = resolvedAt !== undefined && { since: signal.since };
  const deliveries = [...page.deliveries, ...missingDeliveries(page.deliveries, signal, context)];
  const changed = { ...rest, ...described(signal), ...again, readAt: at, deliveries };
  return withState(changed, page, context.now);
};

/** The next version of a page. An event that its change makes due is due from now on. */
const withState = (page: Page, before: Page, now: number): Page => ({
  ...page,
  version: before.version + 1,
  deliveries: page.deliveries.map((one) =>
    dueEvent(page, one) === dueEvent(before, one)
      ? one
      : { ...one, failures: 0, dueSince: now, nextAt: now },
  ),
});
