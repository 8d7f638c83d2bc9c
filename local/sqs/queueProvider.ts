import * as z from "zod";
import { type ResourceContext, resourceProvider } from "../template/resourceProvider.ts";
import { queueNameCharsMax } from "./limits.ts";
import type { SqsStore } from "./store/openStore.ts";

/** Properties about access, encryption and billing: accepted and ignored. */
const unused = z.unknown().optional();

const seconds = z.coerce.number().int();

/** Defaults are those of CloudFormation. */
const properties = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: seconds.default(30),
  DelaySeconds: seconds.default(0),
  MaximumMessageSize: z.coerce.number().int().default(1_048_576),
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

/** `AWS::SQS::Queue`, standard queues only. A queue of an earlier start keeps its messages. */
export const queueProvider = ({ engine, log }: SqsStore, url: string) =>
  resourceProvider({
    type: "AWS::SQS::Queue",
    properties,
    async create(given, place) {
      const name = given.QueueName ?? queueName(place);
      // Two steps: a queue of an earlier start may have other attributes.
      const queue = engine.createQueue(name);
      engine.setSettings(queue, attributes(given));
      await log.stored();
      const QueueUrl = `${url}/${place.account}/${name}`;
      return { ref: QueueUrl, attributes: { Arn: queue.arn, QueueName: name, QueueUrl } };
    },
  });

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
