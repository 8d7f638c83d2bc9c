import * as z from "zod";
import { resourcesOf, type SynthesizedStack } from "../../../preflight/assembly.ts";

/** What costs money in a deployment without devices, in all its regions. */
export interface IdleResources {
  /** Metrics that alarms evaluate; an alarm with a period below a minute counts as three. */
  readonly alarmMetrics: number;
  readonly compositeAlarms: number;
  readonly keys: number;
  /** Event source mappings of queues. */
  readonly mappings: number;
  /** Invocations by schedules in a minute. */
  readonly scheduledPerMinute: number;
  /** Health checks of an endpoint in AWS, with HTTPS and the short interval. */
  readonly healthChecks: number;
  /** Canaries, one of each region unless the deployment has none. */
  readonly canaries: number;
  /** Functions that send pages, and those that write the status page: one of each region. */
  readonly watchers: number;
  readonly statusPages: number;
  readonly regions: number;
}

/** Counts the resources of the synthesized templates. */
export const idleResources = (stacks: readonly SynthesizedStack[]): IdleResources => {
  const of = (type: string) => resourcesOf(stacks, type).map(({ properties }) => properties);
  const count = (name: string): number =>
    of("AWS::Lambda::Function").filter((properties) => serviceOf(properties) === name).length;
  const regions = new Set(stacks.map(({ region }) => region)).size;
  return {
    alarmMetrics: of("AWS::CloudWatch::Alarm").reduce(
      (sum, one) => sum + metricsOf(one, of("AWS::Lambda::Function").length / regions),
      0,
    ),
    compositeAlarms: of("AWS::CloudWatch::CompositeAlarm").length,
    keys: of("AWS::KMS::Key").length,
    mappings: of("AWS::Lambda::EventSourceMapping").length,
    scheduledPerMinute: of("AWS::Events::Rule").reduce((sum, one) => sum + runsOf(one), 0),
    healthChecks: of("AWS::Route53::HealthCheck").length,
    canaries: count("canary"),
    watchers: count("watcher"),
    statusPages: count("status"),
    regions,
  };
};

const named = z.object({
  Environment: z.object({ Variables: z.object({ POWERTOOLS_SERVICE_NAME: z.string() }) }),
});

const serviceOf = (properties: unknown): string | undefined =>
  named.safeParse(properties).data?.Environment.Variables.POWERTOOLS_SERVICE_NAME;

const alarm = z.object({
  Period: z.number().default(60),
  Metrics: z
    .array(z.object({ MetricStat: z.unknown().optional(), Expression: z.string().optional() }))
    .optional(),
});

/**
 * A metric query is billed for each metric that it reads: one for each function of its region, or,
 * for slices of Godwit, only those with a problem.
 */
const metricsOf = (properties: unknown, functions: number): number => {
  const { Period, Metrics } = alarm.parse(properties);
  const query = Metrics?.[0]?.Expression ?? "";
  if (query.includes("GROUP BY FunctionName")) return functions;
  if (query.includes('SCHEMA("Godwit"')) return 0;
  const metrics = Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;
  return Math.max(1, metrics) * (Period < 60 ? 3 : 1);
};

const schedule = z.object({
  ScheduleExpression: z.string().optional(),
  Targets: z.array(z.unknown()).default([]),
});

const minutesOf = { minute: 1, hour: 60, day: 24 * 60 };

/** Invocations in a minute. A rule without a schedule reacts to events. */
const runsOf = (properties: unknown): number => {
  const { ScheduleExpression, Targets } = schedule.parse(properties);
  if (ScheduleExpression === undefined) return 0;
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression);
  const unit = Object.entries(minutesOf).find(([name]) => name === rate?.[2]);
  if (unit === undefined) throw new Error(`unknown schedule: ${ScheduleExpression}`);
  return Targets.length / (Number(rate?.[1]) * unit[1]);
};
