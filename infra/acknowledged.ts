import { type Stack, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

interface Acknowledged {
  /** Path of the construct below the stack of a region: one place, so that the next one is found again. */
  readonly at: string;
  readonly findings: readonly string[];
  readonly reason: string;
}

/** A wildcard in the resources that a role may use. */
const wildcard = (resource: string): string => `AwsSolutions-IAM5[Resource::${resource}]`;

/** What cdk-nag finds in a region and stays as it is, each with the reason why. */
export const acknowledged = ({ region, partition }: Stack): readonly Acknowledged[] => {
  const iot = (resource: string) =>
    wildcard(`arn:${partition}:iot:${region}:<AWS::AccountId>:${resource}`);
  const failedEvent = wildcard("<PipelineFailedBucket7F5F712E.Arn>/events/*");
  const unreadableEvent = wildcard("<PipelineFailedBucket7F5F712E.Arn>/unreadable/*");
  return [
    {
      at: "Pipeline/Failed/Bucket",
      findings: ["AwsSolutions-S1"],
      reason:
        "Only the rule and one function reach it; access logs would need a bucket of their own.",
    },
    {
      at: "Pipeline/Failed/recoverRole",
      findings: [failedEvent, unreadableEvent],
      reason: "Each failed event is an object of its own, named by the rule.",
    },
    {
      at: "Pipeline/Rule/Keep",
      findings: [failedEvent],
      reason: "Each failed event is an object of its own, named by the rule.",
    },
    {
      at: "Pipeline/routeRole",
      findings: [iot("topic/acks/*")],
      reason: "It acknowledges the events of every device, and each has its own topic.",
    },
    {
      at: "Service/devicesRole",
      findings: [iot("client/*")],
      reason: "It asks the broker about every device, and each is a client of its own name.",
    },
    {
      at: "Service/publishRole",
      findings: [iot("topic/events/*")],
      reason: "It publishes for every fleet; the token says which one.",
    },
    {
      at: "Service/streamRole",
      findings: [
        iot("client/stream-*"),
        iot("topicfilter/events/*"),
        iot("topic/events/*"),
        wildcard("*"),
      ],
      reason:
        "It listens for every fleet, the token says which one, under a client name for each stream; iot:DescribeEndpoint has no resource.",
    },
    {
      at: "adminRole",
      findings: [iot("thing/*"), iot("cert/*"), wildcard("*")],
      reason:
        "It makes things and certificates, whose names are new; iot:CreateKeysAndCertificate has no resource.",
    },
    {
      at: "Service/Api/Rest/CloudWatchRole",
      findings: [
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
      ],
      reason: "API Gateway checks its logging role for just the permissions of this policy.",
    },
    {
      at: "Service/Api/Rest",
      findings: ["AwsSolutions-APIG2"],
      reason: "The functions read every request with a schema, and form bodies have no other way.",
    },
    {
      at: "Service/Api/Rest/DeploymentStage.live",
      findings: ["AwsSolutions-APIG3"],
      reason: "Requests are throttled; a web ACL costs more than the rest of a small deployment.",
    },
    {
      at: "Service/Api/Rest/Default",
      findings: ["AwsSolutions-APIG4", "AwsSolutions-COG4"],
      reason:
        "Tokens are the accounts' own, in a header or the query or a form, and the functions check them.",
    },
  ];
};

/** Lets the acknowledged findings of a region's stack pass. Throws when one names a place that is not there. */
export const acknowledge = (stack: Stack): void => {
  for (const { at, findings, reason } of acknowledged(stack)) {
    const place = at
      .split("/")
      .reduce<IConstruct>((parent, name) => parent.node.findChild(name), stack);
    Validations.of(place).acknowledge(...findings.map((id) => ({ id, reason })));
  }
};
