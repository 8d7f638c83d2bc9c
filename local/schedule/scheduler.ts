import type { EventBridgeEvent } from "aws-lambda";
import * as z from "zod";
import type { Lambda } from "../lambda/lambda.ts";
import type { Log } from "../platform/log.ts";
import type { DiskSpace } from "../state/diskSpace.ts";
import { kind, type ResourceContext, type ResourceProvider } from "../template/resourceProvider.ts";

export interface SchedulerOptions {
  readonly lambda: Pick<Lambda, "invokeAsync">;
  readonly space?: Pick<DiskSpace, "isFull">;
  readonly log: Log;
}

/** EventBridge's schedules on one machine. */
export interface Scheduler {
  readonly providers: readonly ResourceProvider[];
  /** Starts the schedules: each runs for the first time after one of its intervals. */
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
 * A run is an asynchronous invocation, so a function that is still busy with the last run gets the next
 * one when it is free.
 */
export const startScheduler = ({ lambda, space, log }: SchedulerOptions): Scheduler => {
  const schedules: Schedule[] = [];
  const timers: NodeJS.Timeout[] = [];
  const run = (schedule: Schedule): void => {
    // What cannot write can only fail. The next run does what this one would have done.
    if (space?.isFull) return;
    for (const functionArn of schedule.functionArns) {
      try {
        lambda.invokeAsync(functionArn, scheduledEvent(schedule));
      } catch (error) {
        log("schedule failed", { schedule: schedule.arn, function: functionArn, error }, "error");
      }
    }
  };
  return {
    providers: [scheduleRuleProvider((schedule) => schedules.push(schedule))],
    open() {
      for (const schedule of schedules) {
        timers.push(setInterval(() => run(schedule), schedule.everyMs).unref());
      }
    },
    async stop() {
      for (const timer of timers.splice(0)) clearInterval(timer);
    },
  };
};

const properties = z.strictObject({
  Name: z.string().optional(),
  Description: z.unknown().optional(),
  ScheduleExpression: z.string(),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Targets: z
    .array(
      z.strictObject({
        Id: z.string(),
        Arn: z.templateLiteral(["arn:aws:lambda:", z.string()]),
        // What EventBridge does when it cannot reach Lambda. Here it can.
        RetryPolicy: z.unknown().optional(),
        DeadLetterConfig: z.unknown().optional(),
      }),
    )
    .default([]),
});

const scheduleRuleProvider = (add: (schedule: Schedule) => void) =>
  kind({
    type: "AWS::Events::Rule",
    properties,
    create({ Name, ScheduleExpression, State, Targets }, place) {
      const name = Name ?? `${place.stack}-${place.logicalId}`;
      const arn = `arn:aws:events:${place.region}:${place.account}:rule/${name}`;
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
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * The time between two runs, in ms, of `rate(5 minutes)` and its like. Fails on anything else, `cron(…)`
 * among it. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export const scheduleMs = (expression: string): number => {
  const [, count = "", unit = "", plural] =
    /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const ms = unitMs[unit];
  // The unit is in the singular for one, and only then.
  if (ms === undefined || (count === "1") !== (plural === "")) {
    throw new Error(`the schedule ${expression} is not known`);
  }
  return Number(count) * ms;
};
