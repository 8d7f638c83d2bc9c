import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { alarmMinutes } from "../sizes.ts";
import type { Pages } from "./pages.ts";

interface ScheduleOptions {
  readonly minutes: number;
  /** What the schedule is for, as its list of rules shows it. */
  readonly description: string;
  /** What a person is told when the worker is not started any more: one sentence. */
  readonly says: string;
  readonly pages: Pages;
}

/** Starts `worker` every so many minutes, and pages when that has stopped: a schedule that is silent is no good sign. */
export const schedule = (
  scope: Construct,
  worker: IFunction,
  { minutes, description, says, pages }: ScheduleOptions,
): void => {
  new Rule(scope, "Clock", {
    description,
    schedule: Schedule.rate(Duration.minutes(minutes)),
    targets: [new LambdaFunction(worker)],
  });
  pages.when(scope, "Stopped", {
    metric: worker.metricInvocations({ period: Duration.minutes(alarmMinutes), statistic: "sum" }),
    says,
    runbook: "the-schedule-does-not-run",
    threshold: 1,
    whenBelow: true,
    silence: "page",
  });
};
