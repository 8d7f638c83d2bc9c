import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import { Construct } from "constructs";
import { watcherTimeoutSeconds } from "../../../shared/paging/limits.ts";
import { alarmMinutes } from "../../sizes.ts";
import { fn } from "../function/fn.ts";
import type { GlobalTables } from "../globalTables.ts";
import type { Pages } from "../pages.ts";

interface WatcherOptions {
  readonly tables: GlobalTables;
  readonly pages: Pages;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
}

/** The next run does the same work, so a failed one is not repeated. */
const noRepetition = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };

/** The second way of pages: a function that does not use SNS (docs/paging.md). */
export class Watcher extends Construct {
  constructor(scope: Construct, id: string, { tables, pages, regions }: WatcherOptions) {
    super(scope, id);
    const watcher = fn(this, "watcher", {
      environment: { OPERATIONS_TABLE: tables.operations.tableName, REGIONS: regions.join() },
      timeoutSeconds: watcherTimeoutSeconds,
      functionName: "godwit-watcher",
      pages,
    });
    tables.operations.grant(watcher, "dynamodb:PutItem");
    new Rule(this, "Clock", {
      description: "Reads the alarms and sends the pages that are due",
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new FunctionTarget(watcher, noRepetition)],
    });
    watcher.configureAsyncInvoke(noRepetition);
    pages.when(this, "Stopped", {
      metric: watcher.metricInvocations({
        period: Duration.minutes(alarmMinutes),
        statistic: "sum",
      }),
      sentence: "The schedule that sends pages by the second way does not run.",
      severity: "warning",
      components: [],
      runbook: "the-schedule-does-not-run",
      threshold: 1,
      whenBelow: true,
      silence: "page",
    });
  }
}
