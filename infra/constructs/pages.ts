import { Annotations, CfnOutput, Duration, Lazy, RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  Alarm,
  CfnCompositeAlarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { EventField, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { type AlarmText, renderAlarmText } from "../../shared/alarm/alarmText.ts";
import { alarmMinutes, datapointsFraction } from "../sizes.ts";
import { type AlarmGroup, alarmGroups, groupedArticles, groupOf } from "./alarmGroups.ts";

/**
 * An alarm that pages. Its text is required: what happened, how much it matters, for which
 * components, and the anchor of its article in docs/runbook.md.
 */
export interface Page extends AlarmText {
  readonly metric: IMetric;
  /** Pages at this value or above; below it with `whenBelow`. */
  readonly threshold: number;
  readonly whenBelow?: true;
  /** The latest periods of the metric that count. Default: 1. */
  readonly periods?: number;
  /**
   * The number of those periods with such a value. With one less than `periods` or fewer, a data
   * point that is late does not hide a problem. Default: all of them.
   */
  readonly datapoints?: number;
  /**
   * Treatment of missing data. `fine`, the default: most metrics are absent while there is nothing
   * to count. `page`: the alarm starts, but never before the first data. `keep`: the state of the
   * alarm does not change.
   */
  readonly silence?: "fine" | "page" | "keep";
}

/** The periods and data points of an alarm whose condition holds for this number of periods. */
export const sustained = (periods: number): Required<Pick<Page, "periods" | "datapoints">> => ({
  periods,
  datapoints: Math.floor(periods * datapointsFraction),
});

interface PagesOptions {
  readonly email: string | undefined;
  /** The names of the stacks with the alarms of this topic. */
  readonly stacks: readonly string[];
}

/** The topic for the alarms of a region. A person or a paging service subscribes to it. */
export class Pages extends Construct {
  readonly topic: Topic;
  /** The terms of the rules of composite alarms, by stack and group. */
  private readonly groups = new Map<Stack, Map<AlarmGroup, string[]>>();

  constructor(scope: Construct, id: string, { email, stacks }: PagesOptions) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", {
      displayName: "Godwit pages",
      masterKey: this.key(),
      enforceSSL: true,
    });
    this.topic.addToResourcePolicy(
      alarmsMay(this, ["sns:Publish"], { resource: this.topic.topicArn }),
    );
    this.tellEnds(stacks);
    this.subscribe(email);
    this.when(this, "Undelivered", {
      metric: this.topic.metricNumberOfNotificationsFailed({
        period: Duration.minutes(alarmMinutes),
        statistic: "sum",
      }),
      sentence: "Pages could not be delivered to a subscriber of the topic.",
      severity: "warning",
      components: [],
      runbook: "pages-are-not-delivered",
      threshold: 1,
    });
  }

  /**
   * Creates an alarm below the monitored construct. It pages when the alarm starts and, by
   * `tellEnds`, when it ends. If its article is that of a group, the composite alarm of the group
   * pages instead. The synthesis fails if its text is not valid.
   */
  when(scope: Construct, id: string, page: Page): Alarm {
    const group = groupOf(page.runbook);
    if (page.silence === "page" && group === undefined) {
      throw new Error(`${id}: only an alarm of a group can wait for its first data`);
    }
    const alarm = this.alarm(scope, id, page);
    if (group === undefined) alarm.addAlarmAction(new SnsAction(this.topic));
    else this.add(alarm, group, page);
    return alarm;
  }

  /**
   * Creates two alarms of a group. Its composite alarm pages when both are active: each of them by
   * itself means nothing.
   */
  whenBoth(scope: Construct, id: string, [first, second]: readonly [Page, Page]): void {
    const group = groupOf(first.runbook);
    if (group === undefined || group !== groupOf(second.runbook)) {
      throw new Error(`${id}: both alarms must be of one group`);
    }
    const names = [
      this.alarm(scope, `${id}Long`, first),
      this.alarm(scope, `${id}Short`, second),
    ].map(({ alarmName }) => `ALARM("${alarmName}")`);
    this.termsOf(Stack.of(scope), group).push(`(${names.join(" AND ")})`);
  }

  private alarm(scope: Construct, id: string, page: Page): Alarm {
    return new Alarm(scope, id, {
      alarmDescription: renderAlarmText(page),
      metric: isCount(page) ? filled(page.metric) : page.metric,
      threshold: page.threshold,
      comparisonOperator: page.whenBelow
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: page.periods ?? 1,
      datapointsToAlarm: page.datapoints,
      treatMissingData: treatments[page.silence ?? "fine"],
    });
  }

  /** Adds an alarm to the composite alarm of its group and stack. */
  private add(alarm: Alarm, group: AlarmGroup, page: Page): void {
    const active = `ALARM("${alarm.alarmName}")`;
    const term =
      page.silence === "page" ? `(${active} AND OK("${this.firstData(alarm, page)}"))` : active;
    this.termsOf(Stack.of(alarm), group).push(term);
  }

  /**
   * A new alarm that treats missing data as bad would start before its metric has any. This alarm
   * has insufficient data until then, and is OK ever after: its condition never holds, and missing
   * data keeps its state. Returns its name.
   */
  private firstData(alarm: Alarm, page: Page): string {
    const { alarmName } = this.alarm(alarm, "FirstData", {
      metric: page.metric,
      sentence: `This alarm never starts. It waits for the first data of: ${page.sentence}`,
      severity: "warning",
      components: [],
      runbook: page.runbook,
      threshold: 0,
      whenBelow: true,
      silence: "keep",
    });
    return alarmName;
  }

  /** Creates the composite alarm of the group in the stack, unless it exists. */
  private termsOf(stack: Stack, group: AlarmGroup): string[] {
    const groups = this.groups.get(stack) ?? new Map<AlarmGroup, string[]>();
    this.groups.set(stack, groups);
    const known = groups.get(group);
    if (known !== undefined) return known;
    const terms: string[] = [];
    groups.set(group, terms);
    new CfnCompositeAlarm(stack, group, {
      alarmDescription: renderAlarmText(alarmGroups[group]),
      alarmRule: Lazy.string({ produce: () => terms.join(" OR ") }),
      alarmActions: [this.topic.topicArn],
    });
    return terms;
  }

  /**
   * Pages when an alarm ends that pages by itself, and when the alarms of a group end. Not an OK
   * action of each alarm: a new alarm has insufficient data, then it is OK, and every alarm would
   * page at the first deployment. Only the event of a state change has the previous state, and
   * CloudWatch guarantees its delivery to EventBridge. The message has the format of the alarm
   * action, so that a paging service recognizes the end of the alarm.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
   */
  private tellEnds(stacks: readonly string[]): void {
    const articles = groupedArticles.map((article) => `#${article}`);
    // The composite alarm of a group pages for its alarms.
    this.tellEndsOf("Ended", stacks, {
      configuration: { description: [{ "anything-but": { suffix: articles } }] },
    });
    this.tellEndsOf("GroupEnded", stacks, { configuration: { alarmRule: [{ exists: true }] } });
    this.topic.addToResourcePolicy(eventsMay(["sns:Publish"], { resource: this.topic.topicArn }));
  }

  private tellEndsOf(id: string, stacks: readonly string[], which: Record<string, object>): void {
    const field = (path: string): string => EventField.fromPath(`$.detail.${path}`);
    const message = RuleTargetInput.fromObject({
      AlarmName: field("alarmName"),
      AlarmDescription: field("configuration.description"),
      AWSAccountId: EventField.account,
      Region: EventField.fromPath("$.region"),
      AlarmArn: EventField.fromPath("$.resources[0]"),
      OldStateValue: field("previousState.value"),
      NewStateValue: field("state.value"),
      NewStateReason: field("state.reason"),
      StateChangeTime: EventField.time,
    });
    const rule = new Rule(this, id, {
      description: "Pages when an alarm of Godwit ends",
      eventPattern: {
        source: ["aws.cloudwatch"],
        detailType: ["CloudWatch Alarm State Change"],
        detail: {
          // CloudFormation names an alarm by its stack, its logical id and a random suffix.
          alarmName: stacks.map((stack) => ({ prefix: `${stack}-` })),
          previousState: { value: ["ALARM"] },
          state: { value: ["OK"] },
          ...which,
        },
      },
    });
    rule.addTarget({ bind: () => ({ arn: this.topic.topicArn, input: message }) });
  }

  /** Without an address, the synthesis warns, and an output of the stack states it. */
  private subscribe(email: string | undefined): void {
    const value =
      email === undefined
        ? "No person is paged: set pageEmail in cdk.json, or subscribe to the topic."
        : `Mails to ${email}, after its owner has confirmed the subscription`;
    new CfnOutput(Stack.of(this), "AlarmMails", { value });
    if (email !== undefined) {
      this.topic.addSubscription(new EmailSubscription(email));
      return;
    }
    Annotations.of(this).addWarningV2(
      "godwit:pageEmail",
      'No person is paged when an alarm starts. Add "pageEmail": "you@example.org" to the context in cdk.json, or subscribe to the topic of the pages (docs/runbook.md).',
    );
  }

  /**
   * A customer managed key, because alarms cannot publish to a topic that is encrypted with the key
   * that AWS manages:
   * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
   */
  private key(): Key {
    const key = new Key(this, "Key", {
      description: "Godwit: topic of the alarms",
      enableKeyRotation: true,
      pendingWindow: Duration.days(7),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const actions = ["kms:Decrypt", "kms:GenerateDataKey"];
    key.addToResourcePolicy(alarmsMay(this, actions, { resource: "*" }));
    key.addToResourcePolicy(eventsMay(actions, { resource: "*" }));
    return key;
  }
}

/**
 * Whether the alarm is on a number of occurrences in some minutes, and nothing is to be counted
 * while there is no data.
 */
const isCount = (page: Page): page is Page & { readonly metric: Metric } =>
  page.metric instanceof Metric &&
  page.metric.statistic === "Sum" &&
  page.metric.period.toMinutes() > 1 &&
  (page.silence ?? "fine") === "fine";

/**
 * A number that is 0 without data. CloudWatch evaluates an alarm on a period of several minutes
 * every minute. When the latest period has no data, it decides by older ones: a failure after which
 * nothing is requested would start the alarm several times.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
const filled = (metric: Metric): MathExpression =>
  new MathExpression({
    expression: "FILL(count, 0)",
    usingMetrics: { count: metric },
    period: metric.period,
    label: metric.metricName,
  });

const treatments = {
  fine: TreatMissingData.NOT_BREACHING,
  page: TreatMissingData.BREACHING,
  keep: TreatMissingData.IGNORE,
} as const;

/** Allows the alarms of this account and region to publish. */
const alarmsMay = (scope: Construct, actions: string[], { resource }: { resource: string }) => {
  const { account, region, partition } = Stack.of(scope);
  return new PolicyStatement({
    principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
    actions,
    resources: [resource],
    conditions: {
      StringEquals: { "aws:SourceAccount": account },
      ArnLike: { "aws:SourceArn": `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
    },
  });
};

/**
 * Allows EventBridge to publish, without a condition. AWS documents that the policy of a topic may
 * have none for EventBridge, and the key of an encrypted topic no source: EventBridge does not send
 * these values, so the publication would be refused.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
const eventsMay = (actions: string[], { resource }: { resource: string }): PolicyStatement =>
  new PolicyStatement({
    principals: [new ServicePrincipal("events.amazonaws.com")],
    actions,
    resources: [resource],
  });
