import { Duration } from "aws-cdk-lib";
import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { AlarmText } from "../../shared/alarm/alarmText.ts";
import { alarmMinutes } from "../sizes.ts";
import type { Pages } from "./pages.ts";

interface ScheduleOptions {
  readonly minutes: number;
  /** The table with the lease that prevents concurrent runs. */
  readonly slots: ITableV2;
  /** Description of the schedule in EventBridge. */
  readonly description: string;
  /** Text of the alarm for missed runs. Default of its article: the one of all schedules. */
  readonly stopped: Omit<AlarmText, "runbook"> & Partial<Pick<AlarmText, "runbook">>;
  readonly pages: Pages;
}

/**
 * A run that failed or was throttled is not repeated after the next one is due: the next run does
 * the same work. By default, Lambda and EventBridge repeat it for hours, and the starts accumulate.
 * A minute is the minimum of both.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
 */
export const noRepetition = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };

/** Invokes `worker` every `minutes`, one run at a time, and pages when invocations stop. */
export const schedule = (
  scope: Construct,
  worker: LambdaFunction,
  { minutes, slots, description, stopped, pages }: ScheduleOptions,
): void => {
  new Rule(scope, "Clock", {
    description,
    schedule: Schedule.rate(Duration.minutes(minutes)),
    targets: [new FunctionTarget(worker, noRepetition)],
  });
  worker.configureAsyncInvoke(noRepetition);
  slots.grant(worker, "dynamodb:UpdateItem");
  pages.when(scope, "Stopped", {
    metric: worker.metricInvocations({ period: Duration.minutes(alarmMinutes), statistic: "sum" }),
    runbook: "the-schedule-does-not-run",
    ...stopped,
    threshold: 1,
    whenBelow: true,
    silence: "page",
  });
};
