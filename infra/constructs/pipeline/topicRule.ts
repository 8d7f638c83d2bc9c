import { Duration, Stack } from "aws-cdk-lib";
import { MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import type { ITableV2 as ITable } from "aws-cdk-lib/aws-dynamodb";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnTopicRule } from "aws-cdk-lib/aws-iot";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { alarmMinutes } from "../../sizes.ts";
import { allow } from "../allow.ts";
import type { Pages } from "../pages.ts";
import type { FailedKind } from "./failedEvents.ts";

interface TopicRuleOptions {
  /** What devices call it in `$aws/rules/<name>/…`, so it is part of their contract. */
  readonly name: string;
  readonly sql: string;
  readonly to: IQueue | ITable;
  /** Takes what the queue or table did not take. Another service, so that both fail together less often. */
  readonly failed: { readonly bucket: IBucket };
  /** What it is called there. */
  readonly kind: FailedKind;
  readonly pages: Pages;
}

/** An IoT rule that puts each message into a queue or table or, when that fails, into a bucket. No code runs. */
export class TopicRule extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, options: TopicRuleOptions) {
    super(scope, id);
    const { name, sql, to, failed, kind, pages } = options;
    const send = ruleRole(this, "Send", name);
    const keep = ruleRole(this, "Keep", name);
    allow(
      keep,
      ["s3:PutObject"],
      [failed.bucket.arnForObjects(`${kind}/*`)],
      "The rule names an object for each message that failed.",
    );

    const rule = new CfnTopicRule(this, "Rule", {
      ruleName: name,
      topicRulePayload: {
        sql,
        awsIotSqlVersion: "2016-03-23",
        actions: [put(to, send)],
        errorAction: {
          s3: {
            bucketName: failed.bucket.bucketName,
            key: `${kind}/\${timestamp()}-\${newuuid()}.json`,
            roleArn: keep.roleArn,
          },
        },
      },
    });
    // A role exists before its policy does, and a rule that may not yet send would lose its first messages.
    rule.node.addDependency(send, keep);
    this.name = name;
    this.watch(pages);
  }

  private watch(pages: Pages): void {
    pages.when(this, "Failed", {
      metric: ruleMetric(this.name, "Failure"),
      says: `The rule ${this.name} cannot put messages where they belong.`,
      runbook: "a-rule-fails",
      threshold: 1,
    });
    pages.when(this, "Lost", {
      metric: ruleMetric(this.name, "ErrorActionFailure"),
      says: `The rule ${this.name} can put messages neither where they belong nor into the bucket: they are lost.`,
      runbook: "a-rule-loses-events",
      threshold: 1,
    });
    // What is throttled does not become a failure: no action runs, and the error action neither.
    pages.when(this, "Throttled", {
      metric: ruleMetric(this.name, "RuleMessageThrottled"),
      says: `IoT Core leaves messages out of the rule ${this.name}, because there are too many: they are lost.`,
      runbook: "a-rule-is-throttled",
      threshold: 1,
    });
  }
}

/** The action of a rule, and the permission for it. */
const put = (to: IQueue | ITable, send: Role): CfnTopicRule.ActionProperty => {
  const { roleArn } = send;
  if ("queueUrl" in to) {
    to.grant(send, "sqs:SendMessage");
    return { sqs: { queueUrl: to.queueUrl, roleArn, useBase64: false } };
  }
  to.grant(send, "dynamodb:PutItem");
  return { dynamoDBv2: { putItem: { tableName: to.tableName }, roleArn } };
};

/**
 * A metric of a rule, over all its actions. IoT counts some by rule name and action type, and an alarm on a
 * dimension that is spelled otherwise would stay silent for ever; a query does not name the second one.
 * https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html#rulemetrics
 */
const ruleMetric = (rule: string, metric: string): MathExpression =>
  new MathExpression({
    expression: `SELECT SUM(${metric}) FROM "AWS/IoT" WHERE RuleName = '${rule}'`,
    period: Duration.minutes(alarmMinutes),
    label: metric,
  });

/** A role that IoT takes for this one rule. */
const ruleRole = (scope: Construct, id: string, rule: string): Role => {
  const { account, region, partition } = Stack.of(scope);
  return new Role(scope, id, {
    // https://docs.aws.amazon.com/iot/latest/developerguide/cross-service-confused-deputy-prevention.html
    assumedBy: new ServicePrincipal("iot.amazonaws.com", {
      conditions: {
        StringEquals: { "aws:SourceAccount": account },
        ArnEquals: { "aws:SourceArn": `arn:${partition}:iot:${region}:${account}:rule/${rule}` },
      },
    }),
  });
};
