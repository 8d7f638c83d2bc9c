import type { CreatedResource, ResourceContext } from "./resourceProvider.ts";

type Describe = (place: ResourceContext) => CreatedResource;

/**
 * Resource types that are accepted but not created, since they have no counterpart on one machine.
 * Other resources may refer to them, so each returns its name and attributes.
 */
export const noopResources: Readonly<Record<string, Describe>> = {
  // Functions have all permissions on this machine; roles are tested in a deployment.
  "AWS::IAM::Role": (place) => arn(place, { service: "iam", resource: "role/", region: "" }),
  "AWS::IAM::Policy": (place) => ({ ref: nameOf(place) }),
  "AWS::Lambda::Permission": (place) => ({ ref: nameOf(place) }),
  "AWS::S3::BucketPolicy": (place) => ({ ref: nameOf(place) }),
  "AWS::SNS::TopicPolicy": (place) => ({ ref: nameOf(place) }),
  "AWS::SQS::QueuePolicy": (place) => ({ ref: nameOf(place) }),
  // Logs are written to standard error.
  "AWS::Logs::LogGroup": (place) => arn(place, { service: "logs", resource: "log-group:" }),
  // Alarms are not evaluated, so no notifications are sent.
  "AWS::CloudWatch::Alarm": (place) => arn(place, { service: "cloudwatch", resource: "alarm:" }),
  "AWS::SNS::Topic": (place) => {
    const topic = `arn:aws:sns:${place.region}:${place.account}:${nameOf(place)}`;
    return { ref: topic, attributes: { TopicArn: topic, TopicName: nameOf(place) } };
  },
  "AWS::SNS::Subscription": (place) => ({ ref: nameOf(place) }),
  // Usage data for the CDK project.
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
