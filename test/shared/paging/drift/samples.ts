import type { Deployment } from "#shared/paging/drift/deployment.ts";

export const topicArn = "arn:aws:sns:us-east-1:1:Godwit-Region-us-east-1-Topic-A1";
export const alarmName = "Godwit-Region-us-east-1-Age-B2";
export const ruleName = "Godwit-Region-us-east-1-Ended-C3";

/** An alarm as CloudWatch returns it. */
export const anAlarm = {
  AlarmName: alarmName,
  ActionsEnabled: true,
  AlarmActions: [topicArn],
  OKActions: [],
  Namespace: "AWS/SQS",
  MetricName: "Age",
  Dimensions: [{ Name: "QueueName", Value: "Godwit-Events-D4" }],
  Statistic: "Maximum",
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 5,
  ComparisonOperator: "GreaterThanThreshold",
  TreatMissingData: "breaching",
  StateValue: "OK",
};

const properties = {
  AlarmActions: [{ Ref: "Topic" }],
  Namespace: "AWS/SQS",
  MetricName: "Age",
  Dimensions: [
    { Name: "QueueName", Value: { "Fn::Join": ["", ["Godwit-", { Ref: "Queue" }, "-D4"]] } },
  ],
  Statistic: "Maximum",
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 5,
  ComparisonOperator: "GreaterThanThreshold",
  TreatMissingData: "breaching",
};

/** A deployment without drift, with changes. */
export const aDeployment = (change: Partial<Deployment> = {}): Deployment => ({
  stacks: [
    [
      {
        logicalId: "Topic",
        type: "AWS::SNS::Topic",
        properties: {},
        physicalId: topicArn,
      },
      {
        logicalId: "Age",
        type: "AWS::CloudWatch::Alarm",
        properties,
        physicalId: alarmName,
      },
      {
        logicalId: "Ended",
        type: "AWS::Events::Rule",
        properties: { State: "ENABLED", Targets: [{ Id: "T", Arn: { Ref: "Topic" } }] },
        physicalId: ruleName,
      },
      {
        logicalId: "Mail",
        type: "AWS::SNS::Subscription",
        properties: { Protocol: "email", Endpoint: "ops@example.org", TopicArn: { Ref: "Topic" } },
        physicalId: `${topicArn}:1`,
      },
    ],
  ],
  alarms: new Map([[alarmName, anAlarm]]),
  rules: new Map([[ruleName, { isEnabled: true, targets: [topicArn] }]]),
  subscriptions: new Map([
    [topicArn, [{ protocol: "email", endpoint: "ops@example.org", isConfirmed: true }]],
  ]),
  mutes: new Map(),
  ...change,
});
