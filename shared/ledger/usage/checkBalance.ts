import { dayMs, hourMs } from "../../platform/durations.ts";
import { ledgerDays, ledgerSliceMs } from "../limits.ts";
import type { LedgerEntries } from "../ports.ts";
import { usageBalanceMs, usageImbalanceMs } from "./limits.ts";
import type { OpenUsage, OpenUsageStore, UsageRows } from "./ports.ts";
import {
  addUsage,
  countUsage,
  fleetTotals,
  type UsageCounts,
  usageNames,
  zeroUsage,
} from "./usage.ts";

interface Deps {
  entries: Pick<LedgerEntries, "readSlice">;
  rows: Pick<UsageRows, "ownFleets">;
  openUsage: OpenUsageStore;
  now: () => number;
}

type Check = OpenUsage["checks"][number];

/**
 * Checks whether the stored usage of hours is what the ledger's entries say: it counts the entries
 * of the hour again, by fleet, and compares the sums with the rows that users read. An hour that
 * does not balance is counted again from its entries. Returns the number of fleets and hours that
 * did not balance within `usageImbalanceMs`. A check that does not end before `deadline` continues
 * in the next run.
 */
export const checkBalance = async (deadline: number, deps: Deps): Promise<number> => {
  const { openUsage, now } = deps;
  const before = await openUsage.read();
  let open: OpenUsage = {
    ...before,
    imbalances: before.imbalances.filter(({ at }) => at > now() - usageImbalanceMs),
  };
  let hasChanged = open.imbalances.length !== before.imbalances.length;
  for (const check of before.checks) {
    if (!isReady(check, before, now())) continue;
    if (now() >= deadline) break;
    open = await continueCheck(check, open, { deadline, deps });
    hasChanged = true;
  }
  if (hasChanged) await openUsage.put(open);
  return open.imbalances.reduce((sum, { fleets }) => sum + fleets, 0);
};

/** An hour with minutes that are still to be counted is checked after them. */
const isReady = ({ hour }: Check, { periods }: OpenUsage, now: number): boolean =>
  hour + hourMs + usageBalanceMs <= now &&
  !periods.some(({ level, start }) => level !== "day" && start >= hour && start < hour + hourMs);

const continueCheck = async (
  check: Check,
  open: OpenUsage,
  { deadline, deps: { entries, rows, now } }: { deadline: number; deps: Deps },
): Promise<OpenUsage> => {
  const { hour } = check;
  const checks = open.checks.filter((one) => one.hour !== hour);
  if (hour < now() - ledgerDays * dayMs) return { ...open, checks };
  const counts = new Map(
    Object.entries(check.counts).map(([fleet, one]) => [fleet, countsOf(one)]),
  );
  let { slices } = check;
  for (; slices < hourMs / ledgerSliceMs; slices += 1) {
    if (now() >= deadline) {
      return { ...open, checks: [...checks, { hour, slices, counts: Object.fromEntries(counts) }] };
    }
    const usage = countUsage(await entries.readSlice(hour + slices * ledgerSliceMs));
    for (const [fleet, one] of fleetTotals(usage)) {
      counts.set(fleet, addUsage(counts.get(fleet) ?? zeroUsage, one));
    }
  }
  const stored = await rows.ownFleets("hour", hour);
  const fleets = [...new Set([...counts.keys(), ...stored.keys()])].filter(
    (fleet) => !areEqual(counts.get(fleet) ?? zeroUsage, stored.get(fleet) ?? zeroUsage),
  ).length;
  if (fleets === 0) return { ...open, checks };
  const imbalances = open.imbalances.filter((one) => one.hour !== hour);
  const minutes = Array.from({ length: hourMs / ledgerSliceMs }, (_, i) => ({
    level: "minute" as const,
    start: hour + i * ledgerSliceMs,
    tried: true,
  }));
  return {
    ...open,
    periods: [...open.periods, ...minutes],
    checks,
    imbalances: [...imbalances, { hour, fleets, at: now() }],
  };
};

const areEqual = (one: UsageCounts, other: UsageCounts): boolean =>
  usageNames.every((name) => one[name] === other[name]);

const countsOf = (stored: Readonly<Record<string, number>>): UsageCounts => {
  const { publishes = 0, publishOperations = 0, functions = 0, ...rest } = stored;
  const { variables = 0, free = 0, deliveries = 0 } = rest;
  return { publishes, publishOperations, functions, variables, free, deliveries };
};
