import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { alarmMinutes } from "../sizes.ts";
import type { Pages } from "./pages.ts";

interface ScheduleOptions {
  readonly minutes: number;
  /** Description of the schedule in EventBridge. */
  readonly description: string;
  /** Description of the alarm for missed runs: one sentence. */
  readonly alarmDescription: string;
  readonly pages: Pages;
}

/** Invokes `worker` every `minutes`, and pages when invocations stop. */
export const schedule = (
  scope: Construct,
  worker: IFunction,
  { minutes, description, alarmDescription, pages }: ScheduleOptions,
): void => {
  new Rule(scope, "Clock", {
    description,
    schedule: Schedule.rate(Duration.minutes(minutes)),
    targets: [new LambdaFunction(worker)],
  });
  pages.when(scope, "Stopped", {
    metric: worker.metricInvocations({ period: Duration.minutes(alarmMinutes), statistic: "sum" }),
    alarmDescription,
    runbook: "the-schedule-does-not-run",
    threshold: 1,
    whenBelow: true,
    silence: "page",
  });
};
