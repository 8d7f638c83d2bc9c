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

/** One thing that must not go unseen. */
export interface Page {
  readonly metric: IMetric;
  /** What the person who is woken reads first: one sentence. */
  readonly says: string;
  /** The heading of docs/runbook.md that says what to do, as it stands in a link. */
  readonly runbook: string;
  /** It pages from this value on; below it with `whenBelow`. */
  readonly threshold: number;
  readonly whenBelow?: true;
  /** How many periods of the metric in a row; one unless said. */
  readonly periods?: number;
  /** What no data means: most metrics are absent while there is nothing to count. */
  readonly silence?: "fine" | "page";
}

/** The way out of a region for its alarms: a topic that a person, or a paging service, subscribes to. */
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

  /** An alarm, beside the thing that it watches, that pages when it goes off and when it is over. */
  when(scope: Construct, id: string, page: Page): Alarm {
    const alarm = new Alarm(scope, id, {
      alarmDescription: `${page.says} docs/runbook.md#${page.runbook}`,
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
   * A key of our own, because alarms cannot publish to a topic under the key that AWS manages:
   * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
   */
  private key(): Key {
    const key = new Key(this, "Key", {
      description: "Godwit: the topic that alarms publish to",
      enableKeyRotation: true,
      pendingWindow: Duration.days(7),
    });
    key.addToResourcePolicy(
      alarmsMay(this, ["kms:Decrypt", "kms:GenerateDataKey"], { resource: "*" }),
    );
    return key;
  }
}

/** A resource policy lets in nobody by itself: the alarms of this account and region are let in by name. */
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
