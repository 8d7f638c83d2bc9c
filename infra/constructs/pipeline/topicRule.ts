import { Duration, Stack } from "aws-cdk-lib";
import { MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import type { ITableV2 as ITable } from "aws-cdk-lib/aws-dynamodb";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnTopicRule } from "aws-cdk-lib/aws-iot";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Component } from "../../../shared/alarm/component.ts";
import { alarmMinutes } from "../../sizes.ts";
import { allow } from "../allow.ts";
import type { Pages } from "../pages.ts";
import type { FailedKind } from "./failedEvents.ts";

interface TopicRuleOptions {
  /**
   * The name in the basic-ingest topic `$aws/rules/<name>/…`, and so part of the contract with
   * devices.
   */
  readonly name: string;
  readonly sql: string;
  readonly to: IQueue | ITable;
  /**
   * Receives messages that the queue or table refused. S3 is another service, so both rarely fail
   * together.
   */
  readonly failed: { readonly bucket: IBucket };
  /** The prefix of the objects. */
  readonly kind: FailedKind;
  /** The components that lose or delay messages when the rule fails. */
  readonly components: readonly Component[];
  readonly pages: Pages;
}

/**
 * An IoT rule that writes each message to a queue or table or, when that fails, to a bucket. It
 * runs no code.
 */
export class TopicRule extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, options: TopicRuleOptions) {
    super(scope, id);
    const { name, sql, to, failed, kind } = options;
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
    // A role exists before its policy. A rule without permissions would lose its first messages.
    rule.node.addDependency(send, keep);
    this.name = name;
    this.watch(options);
  }

  private watch({ pages, components }: TopicRuleOptions): void {
    pages.when(this, "Failed", {
      metric: ruleMetric(this.name, "Failure"),
      severity: "error",
      components,
      sentence: `The rule ${this.name} cannot write messages to its queue or table.`,
      runbook: "a-rule-fails",
      threshold: 1,
    });
    pages.when(this, "Lost", {
      metric: ruleMetric(this.name, "ErrorActionFailure"),
      severity: "critical",
      components,
      sentence: `The rule ${this.name} cannot write messages to its queue, its table or the bucket: they are lost.`,
      runbook: "a-rule-loses-events",
      threshold: 1,
    });
    // A throttled message is not a failure: neither the action nor the error action runs.
    pages.when(this, "Throttled", {
      metric: ruleMetric(this.name, "RuleMessageThrottled"),
      severity: "critical",
      components,
      sentence: `IoT Core throttles the rule ${this.name}: messages are lost.`,
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
 * A metric of a rule over all its actions. IoT has dimensions for the rule name and the action
 * type, and an alarm on a misspelled dimension would never fire; a query names the rule only.
 * https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html#rulemetrics
 */
const ruleMetric = (rule: string, metric: string): MathExpression =>
  new MathExpression({
    expression: `SELECT SUM(${metric}) FROM "AWS/IoT" WHERE RuleName = '${rule}'`,
    period: Duration.minutes(alarmMinutes),
    label: metric,
  });

/** A role that IoT assumes for this rule only. */
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
