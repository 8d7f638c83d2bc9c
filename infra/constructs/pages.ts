import { Duration, Stack } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";

/** An alarm that pages. */
export interface Page {
  readonly metric: IMetric;
  /** Description for the on-call engineer: one sentence. */
  readonly alarmDescription: string;
  /** Anchor of the entry in docs/runbook.md. */
  readonly runbook: string;
  /** Pages at this value or above; below it with `whenBelow`. */
  readonly threshold: number;
  readonly whenBelow?: true;
  /** Consecutive periods of the metric. Default: 1. */
  readonly periods?: number;
  /** Treatment of missing data: most metrics are absent while there is nothing to count. */
  readonly silence?: "fine" | "page";
}

/** The topic for the alarms of a region. A person or a paging service subscribes to it. */
export class Pages extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { email }: { email: string | undefined }) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", {
      displayName: "Godwit pages",
      masterKey: this.key(),
      enforceSSL: true,
    });
    this.topic.addToResourcePolicy(
      alarmsMay(this, ["sns:Publish"], { resource: this.topic.topicArn }),
    );
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
  }

  /**
   * Creates an alarm below the monitored construct. It pages when the alarm starts and when it
   * ends.
   */
  when(scope: Construct, id: string, page: Page): Alarm {
    const alarm = new Alarm(scope, id, {
      alarmDescription: `${page.alarmDescription} docs/runbook.md#${page.runbook}`,
      metric: page.metric,
      threshold: page.threshold,
      comparisonOperator: page.whenBelow
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: page.periods ?? 1,
      treatMissingData:
        page.silence === "page" ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    const out = new SnsAction(this.topic);
    alarm.addAlarmAction(out);
    alarm.addOkAction(out);
    return alarm;
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
    });
    key.addToResourcePolicy(
      alarmsMay(this, ["kms:Decrypt", "kms:GenerateDataKey"], { resource: "*" }),
    );
    return key;
  }
}

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
