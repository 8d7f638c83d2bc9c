import type { EventBridgeEvent } from "aws-lambda";
import * as z from "zod";
import type { Access } from "../iam/access.ts";
import { mayInvoke } from "../iam/serviceRole.ts";
import type { Lambda } from "../lambda/lambda.ts";
import type { Log } from "../platform/log.ts";
import type { DiskSpace } from "../state/diskSpace.ts";
import {
  type ResourceContext,
  type ResourceProvider,
  resourceProvider,
} from "../template/resourceProvider.ts";

export interface SchedulerOptions {
  readonly lambda: Pick<Lambda, "invokeAsync">;
  /** The policies of functions; without it, every schedule may invoke its functions. */
  readonly access?: Access | undefined;
  readonly space?: Pick<DiskSpace, "isFull">;
  readonly log: Log;
}

/** EventBridge schedules on one machine. */
export interface Scheduler {
  readonly providers: readonly ResourceProvider[];
  /**
   * Starts the schedules. The first run is after at most one interval. The schedules are spread
   * evenly over a minute: functions that start at the same time would need all processors at once.
   */
  open(): void;
  stop(): Promise<void>;
}

interface Schedule {
  readonly everyMs: number;
  readonly arn: string;
  readonly place: ResourceContext;
  readonly functionArns: readonly string[];
}

/**
 * Creates a scheduler. A run is an asynchronous invocation, so it waits while the function handles
 * the previous one.
 */
export const startScheduler = ({ lambda, access, space, log }: SchedulerOptions): Scheduler => {
  const schedules: Schedule[] = [];
  const timers: NodeJS.Timeout[] = [];
  const run = (schedule: Schedule): void => {
    // On a full disk every run would fail. The next run catches up.
    if (space?.isFull) return;
    for (const functionArn of schedule.functionArns) {
      try {
        const { account } = schedule.place;
        const source = { service: "events.amazonaws.com", sourceArn: schedule.arn, account };
        if (!mayInvoke(access, { functionArn, ...source })) {
          throw new Error("the function's policy does not allow EventBridge to invoke it");
        }
        lambda.invokeAsync(functionArn, scheduledEvent(schedule));
      } catch (error) {
        log("schedule failed", { schedule: schedule.arn, function: functionArn, error }, "error");
      }
    }
  };
  return {
    providers: [scheduleRuleProvider((schedule) => schedules.push(schedule))],
    open() {
      for (const [schedule, delayMs] of firstRuns(schedules)) {
        const start = () => {
          timers.push(setInterval(() => run(schedule), schedule.everyMs).unref());
          run(schedule);
        };
        timers.push(setTimeout(start, delayMs).unref());
      }
    },
    async stop() {
      for (const timer of timers.splice(0)) clearTimeout(timer);
    },
  };
};

const minuteMs = 60_000;

/**
 * The delay of each schedule's first run, in ms. The slot within the minute depends on the names
 * alone, so that it is the same after each start. The last slot is the end of the interval. On AWS
 * the phase of a rate expression is EventBridge's: it cannot be set.
 */
const firstRuns = (schedules: readonly Schedule[]): [schedule: Schedule, delayMs: number][] =>
  schedules
    .toSorted((one, other) => (one.arn < other.arn ? -1 : 1))
    .map((schedule, i) => [
      schedule,
      schedule.everyMs - minuteMs + (minuteMs * (i + 1)) / schedules.length,
    ]);

/**
 * A rule for state changes of alarms. Alarms are not evaluated on one machine, so it never matches.
 */
const alarmRule = z.strictObject({
  Name: z.string().optional(),
  Description: z.unknown().optional(),
  EventPattern: z.looseObject({ source: z.tuple([z.literal("aws.cloudwatch")]) }),
  State: z.unknown().optional(),
  Targets: z.unknown().optional(),
});

const scheduleRule = z.strictObject({
  Name: z.string().optional(),
  Description: z.unknown().optional(),
  ScheduleExpression: z.string(),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Targets: z
    .array(
      z.strictObject({
        Id: z.string(),
        Arn: z.templateLiteral(["arn:aws:lambda:", z.string()]),
        // Applies when EventBridge cannot reach Lambda, which does not happen here.
        RetryPolicy: z.unknown().optional(),
        DeadLetterConfig: z.unknown().optional(),
      }),
    )
    .default([]),
});

const scheduleRuleProvider = (add: (schedule: Schedule) => void) =>
  resourceProvider({
    type: "AWS::Events::Rule",
    properties: z.union([scheduleRule, alarmRule]),
    create(given, place) {
      const name = given.Name ?? `${place.stack}-${place.logicalId}`;
      const arn = `arn:aws:events:${place.region}:${place.account}:rule/${name}`;
      if ("EventPattern" in given) return { ref: name, attributes: { Arn: arn } };
      const { ScheduleExpression, State, Targets } = given;
      const everyMs = scheduleMs(ScheduleExpression);
      const functionArns = Targets.map(({ Arn }) => Arn);
      if (State === "ENABLED") add({ everyMs, arn, place, functionArns });
      return { ref: name, attributes: { Arn: arn } };
    },
  });

/** https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchevents.html */
const scheduledEvent = ({ arn, place }: Schedule): EventBridgeEvent<"Scheduled Event", object> => ({
  version: "0",
  id: crypto.randomUUID(),
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: place.account,
  time: `${new Date().toISOString().slice(0, 19)}Z`,
  region: place.region,
  resources: [arn],
  detail: {},
});

const unitMs: Readonly<Record<string, number>> = {
  minute: minuteMs,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * The interval in ms of a rate expression such as `rate(5 minutes)`. Fails on any other expression,
 * including `cron(…)`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export const scheduleMs = (expression: string): number => {
  const [, count = "", unit = "", plural] =
    /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const ms = unitMs[unit];
  // The unit is singular for 1 and plural otherwise.
  if (ms === undefined || (count === "1") !== (plural === "")) {
    throw new Error(`the schedule expression ${expression} is not supported`);
  }
  return Number(count) * ms;
};
