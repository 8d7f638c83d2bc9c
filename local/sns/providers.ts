import * as z from "zod";
import { type ResourceProvider, resourceProvider } from "../template/resourceProvider.ts";
import type { NewSubscription } from "./subscription.ts";
import { protocol } from "./subscription.ts";
import { newTopic, type Topic } from "./topic.ts";

const unused = z.unknown().optional();

/** `AWS::SNS::Topic`, standard topics only. */
const topicProvider = (add: (topic: Topic) => void): ResourceProvider =>
  resourceProvider({
    type: "AWS::SNS::Topic",
    properties: z.strictObject({
      TopicName: z.string().optional(),
      DisplayName: z.string().default(""),
      KmsMasterKeyId: z.templateLiteral(["arn:aws:kms:", z.string()]).optional(),
      SignatureVersion: z.enum(["1", "2"]).default("1"),
      Tags: unused,
      TracingConfig: unused,
    }),
    create(given, { stack, logicalId, region, account }) {
      const name = given.TopicName ?? `${stack}-${logicalId}`;
      const arn = `arn:aws:sns:${region}:${account}:${name}`;
      add(
        newTopic({
          arn,
          name,
          displayName: given.DisplayName,
          signatureVersion: given.SignatureVersion,
          keyArn: given.KmsMasterKeyId,
        }),
      );
      return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
    },
  });

/** `AWS::SNS::Subscription`, without filters and delivery policies. */
const subscriptionProvider = (
  subscribe: (given: NewSubscription) => Promise<{ arn: string }>,
): ResourceProvider =>
  resourceProvider({
    type: "AWS::SNS::Subscription",
    properties: z.strictObject({
      TopicArn: z.string(),
      Protocol: protocol,
      Endpoint: z.string(),
      RawMessageDelivery: z.boolean().default(false),
      RedrivePolicy: z.strictObject({ deadLetterTargetArn: z.string() }).optional(),
    }),
    async create({ TopicArn, Protocol, Endpoint, RawMessageDelivery, RedrivePolicy }) {
      const { arn } = await subscribe({
        topicArn: TopicArn,
        protocol: Protocol,
        endpoint: Endpoint,
        isRaw: RawMessageDelivery,
        isOfTemplate: true,
        ...(RedrivePolicy && { deadLetterArn: RedrivePolicy.deadLetterTargetArn }),
      });
      return { ref: arn, attributes: { Arn: arn } };
    },
  });

export const snsProviders = (
  add: (topic: Topic) => void,
  subscribe: (given: NewSubscription) => Promise<{ arn: string }>,
): ResourceProvider[] => [topicProvider(add), subscriptionProvider(subscribe)];
