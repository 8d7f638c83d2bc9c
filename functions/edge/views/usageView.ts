import type { UsageForecast } from "#shared/ledger/usage/forecast.ts";
import type { DeviceUsage, UsageReport } from "#shared/ledger/usage/readUsage.ts";
import { showback } from "#shared/ledger/usage/showback.ts";
import { operationsOf, type UsageCounts } from "#shared/ledger/usage/usage.ts";
import type { UsageLimitBody } from "#shared/routes/usageLimitRoutes.ts";
import type { UsageBody, UsageCountsBody } from "#shared/routes/usageRoutes.ts";

const iso = (at: number): string => new Date(at).toISOString();

/** Counts with the names of the API. */
export const usageCountsView = (counts: UsageCounts): UsageCountsBody => ({
  operations: operationsOf(counts),
  publishes: counts.publishes,
  publish_operations: counts.publishOperations,
  functions: counts.functions,
  variables: counts.variables,
  free_events: counts.free,
  deliveries: counts.deliveries,
});

/** What a fleet costs its owner. */
export const showbackView = (counts: UsageCounts): UsageBody["showback"] => {
  const lines = showback(counts);
  return { dollars: lines.reduce((sum, line) => sum + line.dollars, 0), lines };
};

/** Steps of a report by hour or by day. */
export const stepsView = (steps: UsageReport["steps"]) =>
  steps.map(({ at, counts }) => ({ at: iso(at), ...usageCountsView(counts) }));

/** The kinds of a report, also those that are free. */
export const kindsView = (counts: UsageCounts): NonNullable<UsageBody["kinds"]> => [
  { kind: "publish", count: counts.publishes, operations: counts.publishOperations },
  { kind: "function", count: counts.functions, operations: counts.functions },
  { kind: "variable", count: counts.variables, operations: counts.variables },
  { kind: "free_event", count: counts.free, operations: 0 },
  { kind: "delivery", count: counts.deliveries, operations: 0 },
];

export const devicesView = (devices: readonly DeviceUsage[]) =>
  devices.map(({ device, counts }) => ({ device, ...usageCountsView(counts) }));

export const forecastView = (
  forecast: UsageForecast,
  limits: readonly UsageLimitBody[],
): NonNullable<UsageBody["forecast"]> => ({
  month_begins: iso(forecast.from),
  month_ends: iso(forecast.to),
  operations: forecast.operations,
  expected_operations: forecast.expected,
  limits: limits.map(({ id, name, period, limit, used, expected, reached_at: reachedAt }) => ({
    id,
    name,
    period,
    limit,
    used,
    expected,
    reached_at: reachedAt,
  })),
});

/** A range of a report. */
export const rangeView = ({ from, to }: { from: number; to: number }) => ({
  from: iso(from),
  to: iso(to),
});
