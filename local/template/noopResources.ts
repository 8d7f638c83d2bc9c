import type { CreatedResource, ResourceContext } from "./resourceProvider.ts";

type Describe = (place: ResourceContext) => CreatedResource;

/**
 * Resource types that are read and not made, since what they do has no counterpart on one machine.
 * Others may refer to them, so each says what it would be called.
 */
export const noopResources: Readonly<Record<string, Describe>> = {
  // Nothing is refused to the functions of this machine; a deployment is where roles are tested.
  "AWS::IAM::Role": (place) => arn(place, { service: "iam", resource: "role/", region: "" }),
  "AWS::IAM::Policy": (place) => ({ ref: nameOf(place) }),
  "AWS::Lambda::Permission": (place) => ({ ref: nameOf(place) }),
  "AWS::S3::BucketPolicy": (place) => ({ ref: nameOf(place) }),
  "AWS::SNS::TopicPolicy": (place) => ({ ref: nameOf(place) }),
  "AWS::SQS::QueuePolicy": (place) => ({ ref: nameOf(place) }),
  // Logs go to standard error.
  "AWS::Logs::LogGroup": (place) => arn(place, { service: "logs", resource: "log-group:" }),
  // Alarms are not evaluated, so nobody is paged.
  "AWS::CloudWatch::Alarm": (place) => arn(place, { service: "cloudwatch", resource: "alarm:" }),
  "AWS::SNS::Topic": (place) => {
    const topic = `arn:aws:sns:${place.region}:${place.account}:${nameOf(place)}`;
    return { ref: topic, attributes: { TopicArn: topic, TopicName: nameOf(place) } };
  },
  "AWS::SNS::Subscription": (place) => ({ ref: nameOf(place) }),
  // A note for the makers of the CDK.
  "AWS::CDK::Metadata": (place) => ({ ref: nameOf(place) }),
};

const nameOf = ({ stack, logicalId }: ResourceContext): string => `${stack}-${logicalId}`;

const arn = (
  place: ResourceContext,
  {
    service,
    resource,
    region = place.region,
  }: { service: string; resource: string; region?: string },
): CreatedResource => {
  const Arn = `arn:aws:${service}:${region}:${place.account}:${resource}${nameOf(place)}`;
  return { ref: nameOf(place), attributes: { Arn } };
};
