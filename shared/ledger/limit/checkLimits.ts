import { slowedDevicesMax } from "../../limit/limits.ts";
import type { ReachedLimit, UsageLimit, UsageLimits } from "../../limit/usageLimit.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { OpenUsageStore } from "../usage/ports.ts";
import { type LimitStatus, limitStatus } from "./limitStatus.ts";
import {
  culpritMs,
  forecastObservedMsMin,
  limitFleetsAtOnceMax,
  noticePercents,
} from "./limits.ts";
import {
  countsOf,
  type LimitUsage,
  type LimitUsageRows,
  noLimitUsage,
  type UsageNotice,
} from "./ports.ts";

/** A notice that is due, without what its delivery needs. */
export interface DueNotice extends Omit<UsageNotice, "state" | "region" | "claimedAt"> {
  /**
   * It is also a mail. Of the percentages that a limit reaches at once, only the highest one is: a
   * recipient gets few mails in an hour.
   */
  readonly isMailed: boolean;
}

/** Sends notices. */
export interface NoticeSender {
  /**
   * Sends a notice, unless another region has sent it. Resolves when it was sent. Fails if that is
   * unknown: it is sent again then.
   */
  send(notice: DueNotice): Promise<void>;
}

interface Deps {
  readonly limits: Pick<UsageLimits, "ofFleet" | "putReached">;
  readonly limitUsage: LimitUsageRows;
  readonly notices: NoticeSender;
  readonly openUsage: OpenUsageStore;
  readonly region: string;
  readonly now: () => number;
  /** Called when the limits of a fleet could not be checked: the next run checks them again. */
  readonly onError: (fleet: string, error: unknown) => void;
}

/**
 * Checks the limits of the fleets whose usage has changed: stores which are reached, and sends the
 * notices that are due. A fleet stays on the list until both were done, so a run after a crash
 * repeats it. Starts no fleet after `deadline` (milliseconds since 1970).
 */
export const checkLimits = async (deadline: number, deps: Deps): Promise<void> => {
  const { openUsage, now, onError } = deps;
  const open = await openUsage.read();
  if (open.limited.length === 0) return;
  const left = new Set(open.limited);
  await mapConcurrently(open.limited, limitFleetsAtOnceMax, async (fleet) => {
    if (now() >= deadline) return;
    try {
      await checkFleet(fleet, deps);
      left.delete(fleet);
    } catch (error) {
      onError(fleet, error);
    }
  });
  await openUsage.put({ ...open, limited: [...left] });
};

const checkFleet = async (fleet: string, deps: Deps): Promise<void> => {
  const { limits: stored, limitUsage, notices, region, now } = deps;
  const [{ limits, reached }, usage] = await Promise.all([
    stored.ofFleet(fleet),
    limitUsage.ofFleet(fleet),
  ]);
  const own = usage.get(region) ?? noLimitUsage;
  const at = now();
  const checked = limits.map((limit) => ({
    limit,
    status: limitStatus(limit, countsOf(usage, limit.id), at),
  }));
  const next = checked.flatMap(({ limit, status }) => reachedLimit(limit, status, usage, at));
  if (!isSame(reached, next, at)) await stored.putReached(fleet, next);
  const due = checked.flatMap(({ limit, status }) => {
    const kinds = dueKinds(limit, status);
    const highest = kinds.findLast((kind) => kind !== "forecast");
    return kinds
      .filter((kind) => !isRaised(own, limit, status, kind))
      .map((kind) => ({
        ...noticeOf(kind, { limit, status, at }),
        isMailed: kind === "forecast" || kind === highest,
      }));
  });
  const { sent, failures } = await sendAll(due, notices);
  if (sent.length > 0) {
    await limitUsage.put(fleet, { ...own, raised: raisedAfter(own, sent) }, own);
  }
  const [error] = failures.values();
  if (failures.size > 0) throw error;
};

/** Sends notices in their order. One that fails holds back only the further ones of its limit. */
const sendAll = async (
  due: readonly DueNotice[],
  notices: NoticeSender,
): Promise<{ readonly sent: DueNotice[]; readonly failures: ReadonlyMap<string, unknown> }> => {
  const sent: DueNotice[] = [];
  const failures = new Map<string, unknown>();
  for (const notice of due) {
    if (failures.has(notice.limit)) continue;
    try {
      await notices.send(notice);
      sent.push(notice);
    } catch (error) {
      failures.set(notice.limit, error);
    }
  }
  return { sent, failures };
};

/** The limit as it is in force, if it is reached and does more than notices. */
const reachedLimit = (
  { id, revision, action, scope, limit }: UsageLimit,
  { used, to }: LimitStatus,
  usage: ReadonlyMap<string, LimitUsage>,
  now: number,
): ReachedLimit[] => {
  if (action === "notify" || used < limit) return [];
  const ofFleet = action === "slow" && (scope === "fleet" || scope === "product");
  const devices = ofFleet ? culpritsOf(usage, now) : undefined;
  return [{ limit: id, revision, until: to, ...omitUndefined({ devices }) }];
};

/** The devices of all regions that lately used much more than the others, the latest first. */
const culpritsOf = (usage: ReadonlyMap<string, LimitUsage>, now: number): string[] => {
  const all = [...usage.values()].flatMap(({ culprits }) => Object.entries(culprits));
  return [...new Set(latestFirst(all, now))].slice(0, slowedDevicesMax).sort();
};

const latestFirst = (all: readonly (readonly [string, number])[], now: number): string[] =>
  all
    .filter(([, at]) => at > now - culpritMs)
    .sort(([one, at], [other, otherAt]) => otherAt - at || (one < other ? -1 : 1))
    .map(([device]) => device);

/** Whether the stored limits in force are these; those of earlier periods do not count. */
const isSame = (
  stored: readonly ReachedLimit[],
  next: readonly ReachedLimit[],
  now: number,
): boolean => {
  const current = stored.filter(({ until }) => until > now);
  return textOf(current) === textOf(next);
};

const textOf = (all: readonly ReachedLimit[]): string =>
  JSON.stringify(
    all.map(({ limit, revision, until, devices }) => [limit, revision, until, devices ?? null]),
  );

/** The kinds of notices that the usage of a limit calls for. */
export const dueKinds = (
  { limit }: Pick<UsageLimit, "limit">,
  { used, reachedAt, observedMs }: LimitStatus,
): UsageNotice["kind"][] => {
  const percents = noticePercents.filter((percent) => used * 100 >= limit * percent);
  const isForecast = reachedAt !== undefined && observedMs >= forecastObservedMsMin;
  const kinds: readonly UsageNotice["kind"][] = ["50", "70", "90", "100"];
  return [
    ...kinds.filter((kind) => percents.some((percent) => String(percent) === kind)),
    ...(isForecast ? (["forecast"] as const) : []),
  ];
};

const isRaised = (
  { raised }: LimitUsage,
  { id, limit: max }: UsageLimit,
  { from }: LimitStatus,
  kind: string,
): boolean => kindsRaised(raised, { limit: id, from, max }).includes(kind);

/** The kinds of notices that were raised of a limit with a number, in a period. */
const kindsRaised = (
  raised: LimitUsage["raised"],
  { limit, from, max }: Pick<DueNotice, "limit" | "from" | "max">,
): readonly string[] => {
  const known = raised[limit];
  return known?.from === from && known.max === max ? known.kinds : [];
};

const raisedAfter = ({ raised }: LimitUsage, sent: readonly DueNotice[]): LimitUsage["raised"] => {
  const after = { ...raised };
  for (const { limit, from, max, kind } of sent) {
    after[limit] = { from, max, kinds: [...kindsRaised(after, { limit, from, max }), kind] };
  }
  return after;
};

const noticeOf = (
  kind: UsageNotice["kind"],
  { limit, status, at }: { limit: UsageLimit; status: LimitStatus; at: number },
): Omit<DueNotice, "isMailed"> => {
  const { id, fleet, name, scope, target, action, period, owner, limit: max } = limit;
  const { from, to, used, expected, reachedAt } = status;
  const optional = omitUndefined({ name, target, owner, reachedAt });
  return {
    fleet,
    limit: id,
    kind,
    scope,
    action,
    period,
    from,
    to,
    at,
    max,
    used,
    expected,
    ...optional,
  };
};
