import { Duration, Stack } from "aws-cdk-lib";
import type { IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { EventBus, Rule, Schedule } from "aws-cdk-lib/aws-events";
import {
  EventBus as BusTarget,
  LambdaFunction as FunctionTarget,
} from "aws-cdk-lib/aws-events-targets";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { problemArticle, silenceArticle } from "../../../shared/alarm/alarmText.ts";
import { heartbeatDetailType, heartbeatSource } from "../../../shared/paging/heartbeatEvent.ts";
import { watcherTimeoutSeconds } from "../../../shared/paging/limits.ts";
import { type Receiver, secretNames } from "../../../shared/paging/receiver.ts";
import { watchedRegion, watchingRegion } from "../../../shared/paging/ring.ts";
import { alarmMinutes } from "../../sizes.ts";
import { groupedArticles } from "../alarmGroups.ts";
import { allow } from "../allow.ts";
import { allowSend } from "../api/mail.ts";
import { fn } from "../function/fn.ts";
import { functionMetric } from "../function/functionMetric.ts";
import type { GlobalTables } from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import { noRepetition } from "../schedule.ts";
import { allowMonitoring } from "./allowMonitoring.ts";
import { startOrEnd } from "./startOrEnd.ts";

/** The settings of the second way of pages. */
export interface WatcherSettings {
  readonly pageReceivers: readonly Receiver[];
  /** The URL of docs/runbook.md, for links. */
  readonly runbookUrl: string | undefined;
  /** The parameter with the URL that receives a ping for each run. */
  readonly heartbeatUrl: string | undefined;
  /** The sender of pages by mail. */
  readonly mailFrom: string | undefined;
  /** The address that SNS mails pages to. */
  readonly pageEmail: string | undefined;
}

interface WatcherOptions extends WatcherSettings {
  readonly tables: GlobalTables;
  /** The stacks of the watched region, whose alarms are compared with their templates. */
  readonly watchedStacks: readonly string[];
  /** The stack with the alarms of the domain name, if this watcher watches it in addition. */
  readonly edge: { readonly region: string; readonly stack: string } | undefined;
  readonly pages: Pages;
  /** The URL of the REST API. */
  readonly apiUrl: string;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
}

/**
 * The second way of pages: a function that reads the alarms of the region before its own, and posts
 * to the receivers itself, without SNS (docs/paging.md).
 */
export class Watcher extends Construct {
  constructor(scope: Construct, id: string, options: WatcherOptions) {
    super(scope, id);
    const { pages, regions } = options;
    const watcher = this.watcher(options);
    const watched = watchedRegion(Stack.of(this).region, regions);
    this.allowDrift(watcher, watched, options.watchedStacks);
    if (options.edge !== undefined) {
      this.allowDrift(watcher, options.edge.region, [options.edge.stack]);
    }
    new Rule(this, "Clock", {
      description: "Reads the alarms and sends the pages that are due",
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new FunctionTarget(watcher, noRepetition)],
    });
    watcher.configureAsyncInvoke(noRepetition);
    this.connect(watcher, regions);
    this.watch(pages);
  }

  private watcher({
    tables,
    watchedStacks,
    edge,
    pages,
    regions,
    pageReceivers,
    runbookUrl,
    heartbeatUrl,
    mailFrom,
    pageEmail,
    apiUrl,
  }: WatcherOptions): LambdaFunction {
    const selfTest = this.selfTest(pages);
    const silence = this.silence(pages, watchedRegion(Stack.of(this).region, regions));
    const ways = [
      ...(pageEmail === undefined ? [] : ["sns"]),
      ...(pageReceivers.length === 0 ? [] : ["watcher"]),
    ];
    const problem = this.problem(pages);
    const watcher = fn(this, "watcher", {
      environment: {
        OPERATIONS_TABLE: tables.operations.tableName,
        REGIONS: regions.join(),
        WATCHED_STACKS: watchedStacks.join(),
        ...(edge !== undefined && { EDGE_STACK: edge.stack, EDGE_REGION: edge.region }),
        PAGE_RECEIVERS: JSON.stringify(pageReceivers),
        GROUPED_ARTICLES: groupedArticles.join(),
        SELF_TEST_WAYS: ways.join(),
        SELF_TEST_ALARM: selfTest.alarmName,
        SILENCE_ALARM: silence.alarmName,
        PROBLEM_ALARM: problem.alarmName,
        API_URL: apiUrl,
        ...(mailFrom !== undefined && { MAIL_FROM: mailFrom }),
        ...(runbookUrl !== undefined && { RUNBOOK_URL: runbookUrl }),
        ...(heartbeatUrl !== undefined && { HEARTBEAT_URL_PARAMETER: heartbeatUrl }),
        PRIVATE_TARGETS: "refused",
      },
      timeoutSeconds: watcherTimeoutSeconds,
      functionName: "godwit-watcher",
      pages,
    });
    tables.operations.grant(
      watcher,
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
      "dynamodb:Query",
    );
    allow(
      watcher,
      ["cloudwatch:SetAlarmState"],
      [selfTest.alarmArn, silence.alarmArn, problem.alarmArn],
    );
    const { partition, account, region } = Stack.of(this);
    allowMonitoring(watcher, edge === undefined ? regions : [...regions, edge.region]);
    allow(
      watcher,
      ["events:PutEvents"],
      [`arn:${partition}:events:${region}:${account}:event-bus/default`],
    );
    const secrets = [...secretNames(pageReceivers), ...(heartbeatUrl ? [heartbeatUrl] : [])];
    if (secrets.length > 0) {
      const arnOf = (name: string): string =>
        `arn:${partition}:ssm:${region}:${account}:parameter${name}`;
      allow(watcher, ["ssm:GetParameters"], secrets.map(arnOf));
    }
    if (mailFrom !== undefined && pageReceivers.some(({ kind }) => kind === "email")) {
      allowSend(watcher, mailFrom);
    }
    return watcher;
  }

  /** The comparison of the alarms of a region with their templates. */
  private allowDrift(watcher: LambdaFunction, watched: string, stacks: readonly string[]): void {
    const { partition, account } = Stack.of(this);
    const arnOf = (service: string, resource: string): string =>
      `arn:${partition}:${service}:${watched}:${account}:${resource}`;
    allow(
      watcher,
      ["cloudformation:GetTemplate", "cloudformation:ListStackResources"],
      stacks.map((stack) => arnOf("cloudformation", `stack/${stack}/*`)),
      "CloudFormation ends the ARN of a stack with a random id.",
    );
    const names = "CloudFormation ends the names of the rules and topics of a stack randomly.";
    allow(
      watcher,
      ["events:DescribeRule", "events:ListTargetsByRule"],
      [arnOf("events", "rule/Godwit-*")],
      names,
    );
    allow(watcher, ["iot:GetTopicRule"], [arnOf("iot", "rule/godwit_*")], "All rules of Godwit.");
    allow(watcher, ["sns:ListSubscriptionsByTopic"], [arnOf("sns", "Godwit-*")], names);
  }

  /**
   * Changes of alarms and heartbeats of a region go to the event bus of the next region, where a
   * rule invokes its watcher. With one region, both are the same bus.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
   */
  private connect(watcher: LambdaFunction, regions: readonly string[]): void {
    const { partition, account, region } = Stack.of(this);
    const next = watchingRegion(region, regions);
    const patternOf = (from: string) => ({
      source: ["aws.cloudwatch", heartbeatSource],
      detailType: ["CloudWatch Alarm State Change", heartbeatDetailType],
      region: [from],
      // A heartbeat has no name and no state of an alarm.
      detail: {
        alarmName: [{ prefix: "Godwit-" }, { exists: false }],
        $or: [...startOrEnd, { state: { value: [{ exists: false }] } }],
      },
    });
    if (next !== region) {
      const arn = `arn:${partition}:events:${next}:${account}:event-bus/default`;
      new Rule(this, "Forward", {
        description: `Forwards changes of alarms and heartbeats to the watcher of ${next}`,
        eventPattern: patternOf(region),
        targets: [new BusTarget(EventBus.fromEventBusArn(this, "NextBus", arn))],
      });
    }
    const watched = watchedRegion(region, regions);
    new Rule(this, "Changed", {
      description: `Changes of alarms and heartbeats of ${watched}`,
      eventPattern: patternOf(watched),
      targets: [new FunctionTarget(watcher, noRepetition)],
    });
  }

  /** An alarm without data: only a self-test starts it, until its next evaluation. */
  private selfTest(pages: Pages): IAlarm {
    return pages.when(this, "SelfTest", {
      metric: functionMetric("watcher", "NeverWritten", { minutes: 1 }),
      sentence: "This is a self-test of the pages: acknowledge it by its link.",
      severity: "warning",
      components: [],
      runbook: "a-self-test-of-the-pages",
      threshold: 1,
    });
  }

  /**
   * The first way of the silence of a region: that region cannot page by its own SNS. The watcher
   * starts the alarm at once, and its metric keeps it active.
   */
  private silence(pages: Pages, watched: string): IAlarm {
    return pages.when(this, "Silence", {
      metric: functionMetric("watcher", "RegionsSilent", { minutes: alarmMinutes }),
      sentence: `${watched} sends no heartbeats: its watcher, its event bus or the region is down.`,
      severity: "error",
      components: [],
      runbook: silenceArticle,
      threshold: 1,
    });
  }

  /** The first way of what the watcher finds: the reason names it. */
  private problem(pages: Pages): IAlarm {
    return pages.when(this, "Problem", {
      metric: functionMetric("watcher", "ProblemsFound", { minutes: alarmMinutes }),
      sentence: "The watcher has found a problem that no alarm reports: the reason names it.",
      severity: "warning",
      components: [],
      runbook: problemArticle,
      threshold: 1,
    });
  }

  /** The first way pages when the second one does not work. */
  private watch(pages: Pages): void {
    pages.when(this, "Stopped", {
      metric: functionMetric("watcher", "ScheduledRuns", { minutes: 1, statistic: "sum" }),
      sentence: "The schedule that sends pages by the second way does not run.",
      severity: "warning",
      components: [],
      runbook: "the-schedule-does-not-run",
      threshold: 1,
      whenBelow: true,
      periods: 3,
      datapoints: 2,
      silence: "page",
    });
    pages.when(this, "Undelivered", {
      metric: functionMetric("watcher", "PagesUndelivered", { minutes: 1 }),
      sentence: "Pages do not reach a receiver of the second way.",
      severity: "warning",
      components: [],
      runbook: "pages-are-not-delivered",
      threshold: 1,
    });
    pages.when(this, "Unacknowledged", {
      metric: functionMetric("watcher", "SelfTestsUnacknowledged", { minutes: 5 }),
      sentence: "The self-test of the second way of pages is not acknowledged.",
      severity: "warning",
      components: [],
      runbook: "a-self-test-is-not-acknowledged",
      threshold: 1,
    });
  }
}
