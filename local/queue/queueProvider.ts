import * as z from "zod";
import { awsJsonClient } from "../http/awsJsonClient.ts";
import type { Signing } from "../http/signRequest.ts";
import { type ResourceContext, resourceProvider } from "../template/resourceProvider.ts";

/** Properties about access, encryption and billing: accepted and ignored. */
const unused = z.unknown().optional();

const seconds = z.coerce.number().int();

/** Defaults are those of CloudFormation. */
const properties = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: seconds.default(30),
  DelaySeconds: seconds.default(0),
  MaximumMessageSize: z.coerce.number().int().default(1_048_576),
  // Accepted and ignored: fauxqs keeps a message until it is deleted.
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

/** `AWS::SQS::Queue`, standard queues only, in the SQS at `url`. */
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
        // Two steps: a queue of an earlier start may have other attributes.
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

/** The end of a logical id makes it unique. */
const queueName = ({ stack, logicalId }: ResourceContext): string =>
  `${stack}-${logicalId}`.slice(-queueNameCharsMax);

const attributes = (given: Properties): Record<string, string> => ({
  VisibilityTimeout: String(given.VisibilityTimeout),
  DelaySeconds: String(given.DelaySeconds),
  MaximumMessageSize: String(given.MaximumMessageSize),
  MessageRetentionPeriod: String(given.MessageRetentionPeriod),
  ReceiveMessageWaitTimeSeconds: String(given.ReceiveMessageWaitTimeSeconds),
  // An empty policy removes that of an earlier start.
  RedrivePolicy: given.RedrivePolicy === undefined ? "" : JSON.stringify(given.RedrivePolicy),
});
