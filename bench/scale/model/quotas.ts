import { sizes } from "../../../infra/sizes.ts";
import { queryAlarmsMax } from "../../../preflight/limits.ts";
import type { RegionRequirements } from "../../../preflight/requirements.ts";
import { estimate, type Fleet } from "../../cost/estimate/estimate.ts";
import type { IdleResources } from "../../cost/estimate/idleResources.ts";
import type { KeyLoad } from "./hotKeys.ts";
import { daySeconds, ratesOf, traffic } from "./traffic.ts";

/** A quota of an AWS account in one region. */
export interface QuotaNeed {
  readonly service: string;
  readonly quota: string;
  /** The published default. New accounts may have less. */
  readonly usual: number;
  readonly needed: number;
  /** Whether AWS raises it on request. */
  readonly adjustable: "yes" | "no" | "per partition";
}

/** What the synthesized templates of a deployment with one region contain. */
export interface Templates extends Pick<RegionRequirements, "queryAlarms" | "alarms" | "tables"> {
  readonly idle: IdleResources;
}

/** Seconds within which the devices of a lost region connect again. */
const reconnectSeconds = 1_800;
/** A connect, a hello and a disconnect. */
const rulesPerConnect = 3;
const queueInFlightMax = 120_000;
/** Time of a batch of `route` on AWS, with its waits for the queues. */
const routeMs = 60;
/** The busiest second beside the average. */
const peak = 2;

/** What a region needs in which `devices` devices are connected. */
export const quotasOf = (
  devices: number,
  { fleet, templates, loads }: { fleet: Fleet; templates: Templates; loads: readonly KeyLoad[] },
): QuotaNeed[] => {
  const { idle, queryAlarms, alarms, tables } = templates;
  const { events, connects, calls } = ratesOf({ devices });
  const made = estimate({ ...fleet, devices }, idle);
  const routeExecutions = ((events / traffic.batch) * routeMs) / 1_000;
  const usual = loads.filter(({ during }) => during === undefined);
  const unitsOfLargest = Math.max(
    ...[...Map.groupBy(usual, ({ table }) => table).values()].map((some) =>
      some.reduce((sum, { units }) => sum + units, 0),
    ),
  );
  const hottest = Math.max(...loads.map(({ hottest: { units } }) => units));
  return [
    need("IoT Core", "concurrent connections", { usual: 500_000, needed: devices }),
    need("IoT Core", "connects a second, to reconnect within 30 minutes", {
      usual: 500,
      needed: devices / reconnectSeconds,
    }),
    need("IoT Core", "inbound publishes a second", { usual: 20_000, needed: peak * events }),
    need("IoT Core", "outbound publishes a second (acknowledgements, calls)", {
      usual: 20_000,
      needed: peak * (events * traffic.withId + calls),
    }),
    need("IoT Core", "rule evaluations a second", {
      usual: 20_000,
      needed: peak * (events + rulesPerConnect * connects),
    }),
    need("IoT Core", "subscriptions of the account (four for each device)", {
      usual: 500_000,
      needed: 4 * devices,
    }),
    need("Lambda", "concurrent executions", {
      usual: 1_000,
      needed: sizes.standard.executionsMin + peak * (made.deliverExecutions + routeExecutions),
    }),
    need("SQS", "messages in flight of `Deliveries`", {
      usual: queueInFlightMax,
      needed: peak * made.deliverExecutions * 10,
      adjustable: "no",
    }),
    need("DynamoDB", "write units a second of the busiest table (on demand)", {
      usual: 40_000,
      needed: peak * unitsOfLargest,
    }),
    need("DynamoDB", "write units a second of the hottest key, in its worst case", {
      usual: 1_000,
      needed: hottest,
      adjustable: "per partition",
    }),
    need("API Gateway", "requests a second (the throttle of the size)", {
      usual: 10_000,
      needed: sizes.standard.apiRate.perSecond,
    }),
    need("SES", "mails a second (`mailFrom`; one a day for each fleet)", {
      usual: 1,
      needed: (peak * (devices / 1_000)) / daySeconds,
    }),
    need("CloudWatch", "alarms on metric queries", { usual: queryAlarmsMax, needed: queryAlarms }),
    need("CloudWatch", "alarms", { usual: 5_000, needed: alarms }),
    need("DynamoDB", "tables", { usual: 2_500, needed: tables }),
  ];
};

const need = (
  service: string,
  quota: string,
  {
    adjustable = "yes",
    ...one
  }: { usual: number; needed: number; adjustable?: QuotaNeed["adjustable"] },
): QuotaNeed => ({ service, quota, adjustable, ...one });
