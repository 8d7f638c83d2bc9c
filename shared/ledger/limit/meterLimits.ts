import { periodOf, type UsageLimit, type UsageLimits } from "../../limit/usageLimit.ts";
import { dayMs, hourMs } from "../../platform/durations.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { LedgerEntry } from "../entry.ts";
import { ledgerSliceMs } from "../limits.ts";
import type { LedgerEntries } from "../ports.ts";
import type { PeriodKey, PeriodRange, UsageRows } from "../usage/ports.ts";
import { operationsOf, type Usage, usageShardOf, zeroUsage } from "../usage/usage.ts";
import { findCulprits, type MinuteOfFleet } from "./culprits.ts";
import { forgetBefore, type LimitCounts, minutesOf, noCounts, setCount } from "./limitCounts.ts";
import { culpritMs, limitFleetsAtOnceMax } from "./limits.ts";
import { type LimitUsage, type LimitUsageRows, noLimitUsage } from "./ports.ts";

interface Deps {
  readonly limits: Pick<UsageLimits, "fleets" | "ofFleet">;
  readonly limitUsage: LimitUsageRows;
  readonly rows: Pick<UsageRows, "fleet" | "devices">;
  readonly entries: Pick<LedgerEntries, "readSlice">;
  readonly region: string;
  readonly now: () => number;
}

/** Counts one period for the limits of all fleets. */
export interface PeriodLimits {
  /** Adds the usage of some devices. */
  add(usage: Usage): void;
  /** Adds entries of the period, whose deliveries count for integrations. */
  addEntries(entries: readonly LedgerEntry[]): void;
  /**
   * Replaces the counts of the period. Call it after the rows of the period are stored. Returns the
   * fleets with limits that have usage in the period.
   */
  store(): Promise<readonly string[]>;
}

/** Counts usage for limits, beside the meter. */
export interface LimitMeter {
  /** Begins a period. Returns `undefined` if no fleet has limits. */
  begin(key: PeriodKey): Promise<PeriodLimits | undefined>;
}

/** What one period counts for a fleet. */
interface FleetPeriodUsage extends MinuteOfFleet {
  readonly devices: Map<string, number>;
}

/**
 * Counts the usage of periods for limits: a period replaces what it counted before, so a run that
 * is repeated after a crash has the same result. One write for a fleet with limits and a period. A
 * new limit of a fleet or a device begins with the stored usage; that of an integration begins with
 * the next minute. Reads of the fleets and their limits are shared by a run.
 */
export const limitMeter = (deps: Deps): LimitMeter => {
  let fleets: Promise<ReadonlySet<string>> | undefined;
  const known = new Map<string, Promise<readonly UsageLimit[]>>();
  const limitsOf = async (fleet: string): Promise<readonly UsageLimit[]> => {
    const found = known.get(fleet) ?? deps.limits.ofFleet(fleet).then(({ limits }) => limits);
    known.set(fleet, found);
    return found;
  };
  return {
    async begin(key) {
      fleets ??= deps.limits.fleets();
      const limited = await fleets;
      if (limited.size === 0) return undefined;
      const counted = new Map<string, FleetPeriodUsage>();
      const deliveries = new Map<string, number>();
      return {
        add: (usage) => addUsageOf(usage, limited, counted),
        addEntries: (entries) => addDeliveries(entries, limited, deliveries),
        async store() {
          // A minute that is counted again may have lost its usage.
          const changed = key.again ? limited : counted.keys();
          await mapConcurrently(changed, limitFleetsAtOnceMax, async (fleet) => {
            const limits = await limitsOf(fleet);
            const usage = counted.get(fleet) ?? { operations: 0, devices: new Map() };
            await storeFleet({ fleet, limits, key, usage, deliveries }, deps);
          });
          return [...counted.keys()];
        },
      };
    },
  };
};

const addUsageOf = (
  usage: Usage,
  limited: ReadonlySet<string>,
  counted: Map<string, FleetPeriodUsage>,
): void => {
  for (const [fleet, devices] of usage) {
    if (!limited.has(fleet)) continue;
    const before = counted.get(fleet) ?? { operations: 0, devices: new Map<string, number>() };
    let { operations } = before;
    for (const [device, counts] of devices) {
      const own = operationsOf(counts);
      operations += own;
      if (own > 0) before.devices.set(device, (before.devices.get(device) ?? 0) + own);
    }
    counted.set(fleet, { operations, devices: before.devices });
  }
};

const addDeliveries = (
  entries: readonly LedgerEntry[],
  limited: ReadonlySet<string>,
  deliveries: Map<string, number>,
): void => {
  for (const { plan } of entries) {
    if (plan?.metered === undefined || !limited.has(plan.metered.fleet)) continue;
    for (const id of plan.to) deliveries.set(id, (deliveries.get(id) ?? 0) + 1);
  }
};

interface CountedFleet {
  readonly fleet: string;
  readonly limits: readonly UsageLimit[];
  readonly key: PeriodKey;
  readonly usage: FleetPeriodUsage;
  readonly deliveries: ReadonlyMap<string, number>;
}

const storeFleet = async (
  { fleet, limits, key, usage, deliveries }: CountedFleet,
  deps: Deps,
): Promise<void> => {
  if (limits.length === 0) return;
  const now = deps.now();
  const before = (await deps.limitUsage.ofFleet(fleet)).get(deps.region) ?? noLimitUsage;
  const next: Record<string, LimitCounts> = {};
  for (const limit of limits) {
    const known = before.limits[limit.id] ?? (await storedCounts(limit, deps));
    const count = await countOf(limit, { key, usage, deliveries, known }, deps);
    const counts = isNothing(count, key, known) ? known : setCount(known, key, count ?? 0);
    next[limit.id] = forgetBefore(counts, periodOf(limit.period, now).from - dayMs);
  }
  const ids = new Set(limits.map(({ id }) => id));
  const after: LimitUsage = {
    limits: next,
    culprits: limits.some(hasCulprits) ? culpritsAfter(before.culprits, { key, usage, now }) : {},
    raised: Object.fromEntries(Object.entries(before.raised).filter(([id]) => ids.has(id))),
  };
  await deps.limitUsage.put(fleet, after, before);
};

/** Whether a count changes nothing: a limit whose minute has no usage is not written. */
const isNothing = (
  count: number | undefined,
  { level, start }: PeriodKey,
  { minutes }: LimitCounts,
): boolean =>
  count === undefined || (count === 0 && level === "minute" && !(String(start) in minutes));

/** Whether a limit slows down the culprits of its fleet. */
const hasCulprits = ({ action, scope }: UsageLimit): boolean =>
  action === "slow" && (scope === "fleet" || scope === "product");

const culpritsAfter = (
  before: LimitUsage["culprits"],
  { key, usage, now }: { key: PeriodKey; usage: FleetPeriodUsage; now: number },
): LimitUsage["culprits"] => {
  const recent = Object.entries(before).filter(([, at]) => at > now - culpritMs);
  if (key.level !== "minute") return Object.fromEntries(recent);
  // A minute may be counted again after later ones.
  const found = findCulprits(usage).map((device) => [
    device,
    Math.max(key.start, before[device] ?? 0),
  ]);
  return Object.fromEntries([...recent, ...found]);
};

interface PeriodCount {
  readonly key: PeriodKey;
  readonly usage: FleetPeriodUsage;
  readonly deliveries: ReadonlyMap<string, number>;
  readonly known: LimitCounts;
}

/** The count of a limit in a period; `undefined` if it stays as it is. */
const countOf = async (
  { scope, target = "" }: UsageLimit,
  { key, usage, deliveries, known }: PeriodCount,
  deps: Deps,
): Promise<number | undefined> => {
  if (scope === "device") return usage.devices.get(target) ?? 0;
  if (scope !== "integration") return usage.operations;
  if (key.level === "minute") return deliveries.get(target) ?? 0;
  // The hours of an integration are kept: the meter has no days of integrations.
  if (key.level === "day") return undefined;
  return minutesOf(known, key.start) ?? deliveriesOfHour(target, key.start, deps);
};

/** An hour that was counted before is counted again from its entries: its minutes are gone. */
const deliveriesOfHour = async (
  integration: string,
  hour: number,
  { entries }: Pick<Deps, "entries">,
): Promise<number> => {
  let count = 0;
  for (let slice = hour; slice < hour + hourMs; slice += ledgerSliceMs) {
    for (const { plan } of await entries.readSlice(slice)) {
      if (plan?.metered !== undefined && plan.to.includes(integration)) count += 1;
    }
  }
  return count;
};

/** What this region has stored for a limit before it was created. */
const storedCounts = async (
  { fleet, scope, target, period }: UsageLimit,
  deps: Deps,
): Promise<LimitCounts> => {
  if (scope === "integration") return noCounts;
  const now = deps.now();
  const from = periodOf(period, now).from - dayMs;
  const ranges: PeriodRange[] = [
    { level: "minute", from: Math.max(from, now - 2 * hourMs), to: now },
    { level: "hour", from: Math.max(from, now - 2 * dayMs), to: now },
    { level: "day", from, to: now },
  ];
  let counts = noCounts;
  for (const range of ranges) {
    for (const { start, operations } of await ownPeriods({ fleet, target }, range, deps)) {
      counts = setCount(counts, { level: range.level, start }, operations);
    }
  }
  return counts;
};

/** The operations of this region's periods of a fleet or a device. */
const ownPeriods = async (
  { fleet, target: device }: Pick<UsageLimit, "fleet" | "target">,
  range: PeriodRange,
  { rows, region }: Pick<Deps, "rows" | "region">,
): Promise<{ start: number; operations: number }[]> => {
  const isOwn = (one: { region: string }): boolean => one.region === region;
  if (device === undefined) {
    const found = await rows.fleet(fleet, range);
    return found
      .filter(isOwn)
      .map(({ start, counts }) => ({ start, operations: operationsOf(counts) }));
  }
  const found = await rows.devices({ fleet, shard: usageShardOf(device), device }, range);
  return found.filter(isOwn).map(({ start, devices }) => ({
    start,
    operations: operationsOf(devices.get(device) ?? zeroUsage),
  }));
};
