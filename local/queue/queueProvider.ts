import * as z from "zod";
import { awsJsonClient } from "../http/awsJsonClient.ts";
import type { Signing } from "../http/signRequest.ts";
import { type ResourceContext, resourceProvider } from "../template/resourceProvider.ts";

/** About access, encryption at rest and the bill: read and not acted on. */
const unused = z.unknown().optional();

const seconds = z.coerce.number().int();

/** What CloudFormation takes when a property is left out is the default here as well. */
const properties = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: seconds.default(30),
  DelaySeconds: seconds.default(0),
  MaximumMessageSize: z.coerce.number().int().default(1_048_576),
  // Taken but not acted on: fauxqs keeps a message until it is deleted.
  MessageRetentionPeriod: seconds.default(345_600),
  ReceiveMessageWaitTimeSeconds: seconds.default(0),
  RedrivePolicy: z
    .strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number().int() })
    .optional(),
  RedriveAllowPolicy: unused,
  SqsManagedSseEnabled: unused,
  Tags: unused,
});

type Properties = z.output<typeof properties>;

/** `AWS::SQS::Queue`, standard queues only, made in the SQS at `url`. */
export const queueProvider = (url: string, signing: Signing) =>
  resourceProvider({
    type: "AWS::SQS::Queue",
    properties,
    async create(given, place) {
      const sqs = awsJsonClient({
        url,
        signing,
        target: "AmazonSQS",
        version: "1.0",
        socketsMax: 1,
      });
      const name = given.QueueName ?? queueName(place);
      try {
        await sqs.call("CreateQueue", { QueueName: name });
        // Two steps, because a queue of an earlier run may have other attributes.
        const QueueUrl = `${url}/${place.account}/${name}`;
        await sqs.call("SetQueueAttributes", { QueueUrl, Attributes: attributes(given) });
        const Arn = `arn:aws:sqs:${place.region}:${place.account}:${name}`;
        return { ref: QueueUrl, attributes: { Arn, QueueName: name, QueueUrl } };
      } finally {
        sqs.close();
      }
    },
  });

const queueNameCharsMax = 80;

/** The end of a logical id is what makes it unique. */
const queueName = ({ stack, logicalId }: ResourceContext): string =>
  `${stack}-${logicalId}`.slice(-queueNameCharsMax);

const attributes = (given: Properties): Record<string, string> => ({
  VisibilityTimeout: String(given.VisibilityTimeout),
  DelaySeconds: String(given.DelaySeconds),
  MaximumMessageSize: String(given.MaximumMessageSize),
  MessageRetentionPeriod: String(given.MessageRetentionPeriod),
  ReceiveMessageWaitTimeSeconds: String(given.ReceiveMessageWaitTimeSeconds),
  // An empty policy takes an earlier run's away.
  RedrivePolicy: given.RedrivePolicy === undefined ? "" : JSON.stringify(given.RedrivePolicy),
});
