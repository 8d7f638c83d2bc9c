import * as z from "zod/mini";
import { alarmNamePrefix } from "../../alarm/limits.ts";
import { type Check, checks } from "../../objective/check.ts";
import { metricsMs, queuesListedMax } from "../../operations/limits.ts";
import type {
  CanaryResult,
  LedgerBalance,
  QueueLoad,
  RegionMetrics,
} from "../../operations/regionMetrics.ts";
import { type CloudWatchCall, openCloudWatch } from "../alarm/cloudWatch.ts";

const periodSeconds = 60;

/** Times are in seconds since 1970. */
const reply = z.object({
  MetricDataResults: z.array(
    z.object({
      Id: z.string(),
      Label: z.string(),
      Timestamps: z.array(z.number()),
      Values: z.array(z.number()),
    }),
  ),
});

/** A time series: its latest value. */
interface Latest {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/**
 * The latest metrics in CloudWatch, in any region. Three requests: each can contain one query.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html
 */
export const cloudWatchRegionMetrics = (now: () => number): RegionMetrics => {
  const open = openCloudWatch();
  return {
    async read(region) {
      const call = open(region);
      const [ages, visible, counts] = await Promise.all([
        readLatest(call, now(), [queueQuery("ApproximateAgeOfOldestMessage")]),
        readLatest(call, now(), [queueQuery("ApproximateNumberOfMessagesVisible")]),
        readLatest(call, now(), [overdueQuery, missing, ...checks.flatMap(canaryOf(region))]),
      ]);
      return {
        queues: queuesFrom(ages, visible),
        ledger: balanceFrom(counts),
        canary: checks.flatMap((check) => resultOf(check, counts)),
      };
    },
  };
};

/**
 * The metrics of the queues of the account, the largest first: a query cannot select by a prefix.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */
const queueQuery = (metric: string) => ({
  Id: "queues",
  Expression: `SELECT MAX(${metric}) FROM SCHEMA("AWS/SQS", QueueName) GROUP BY QueueName ORDER BY MAX() DESC`,
  Period: periodSeconds,
});

/** The function `ledger` writes it for integrations with overdue deliveries only. */
const overdueQuery = {
  Id: "overdue",
  Expression:
    'SELECT MAX(DeliveriesOverdue) FROM SCHEMA("Godwit", integration, service) GROUP BY integration ORDER BY MAX() DESC',
  Period: periodSeconds,
};

const metric = (Id: string, MetricName: string, dimensions: Readonly<Record<string, string>>) => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: "Godwit",
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: periodSeconds,
    Stat: "Maximum",
  },
});

/** The function `ledger` writes it in each run. */
const missing = metric("missing", "LedgerMissing", { service: "ledger" });

const canaryOf = (region: string) => (check: Check) => [
  metric(`failure_${check}`, "CanaryFailure", { check, region }),
  metric(`latency_${check}`, "CanaryLatency", { check, region }),
];

const readLatest = async (
  call: CloudWatchCall,
  now: number,
  MetricDataQueries: readonly object[],
): Promise<Latest[]> => {
  const { MetricDataResults } = reply.parse(
    await call("GetMetricData", {
      MetricDataQueries,
      StartTime: Math.floor((now - metricsMs) / 60_000) * 60,
      EndTime: Math.ceil(now / 60_000) * 60,
      ScanBy: "TimestampDescending",
    }),
  );
  return MetricDataResults.flatMap(({ Id: id, Label: label, Timestamps: [at], Values: [value] }) =>
    at === undefined || value === undefined ? [] : [{ id, label, value, at: at * 1_000 }],
  );
};

const queuesFrom = (ages: readonly Latest[], visible: readonly Latest[]): QueueLoad[] => {
  const numbers = new Map(visible.map((one) => [one.label, one.value]));
  return ages
    .filter(({ label }) => label.startsWith(alarmNamePrefix))
    .map(({ label: name, value: oldestSeconds, at }) => ({
      name,
      oldestSeconds,
      visible: numbers.get(name) ?? 0,
      at,
    }))
    .sort(
      (one, other) => other.oldestSeconds - one.oldestSeconds || (one.name < other.name ? -1 : 1),
    )
    .slice(0, queuesListedMax);
};

/** Overdue deliveries of a former run are no longer overdue. */
const balanceFrom = (counts: readonly Latest[]): LedgerBalance | undefined => {
  const last = counts.find(({ id }) => id === "missing");
  if (last === undefined) return undefined;
  return {
    missing: last.value,
    overdue: counts
      .filter(({ id, at }) => id === "overdue" && at >= last.at)
      .map(({ label: integration, value: deliveries }) => ({ integration, deliveries })),
    at: last.at,
  };
};

const resultOf = (check: Check, counts: readonly Latest[]): CanaryResult[] => {
  const failure = counts.find(({ id }) => id === `failure_${check}`);
  if (failure === undefined) return [];
  const latency = counts.find(({ id, at }) => id === `latency_${check}` && at === failure.at);
  return [{ check, passed: failure.value === 0, latencyMs: latency?.value, at: failure.at }];
};
