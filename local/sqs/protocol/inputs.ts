import * as z from "zod";
import { invalidValue, missingParameter } from "../errors.ts";

/*
 * The inputs of the operations. The AWS JSON protocol ignores unknown members.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
 */

const texts = z.record(z.string(), z.string());
const attribute = z.object({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});
const attributes = z.record(z.string(), attribute);

const message = z.object({
  MessageBody: z.string(),
  DelaySeconds: z.number().optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
  MessageAttributes: attributes.optional(),
  MessageSystemAttributes: attributes.optional(),
});

export type MessageInput = z.output<typeof message>;

const queueUrl = { QueueUrl: z.string() };
const entry = { Id: z.string() };
const names = z.array(z.string()).default([]);

const inputs = {
  CreateQueue: z.object({
    QueueName: z.string(),
    Attributes: texts.default({}),
    tags: texts.default({}),
  }),
  DeleteQueue: z.object(queueUrl),
  PurgeQueue: z.object(queueUrl),
  GetQueueUrl: z.object({ QueueName: z.string() }),
  GetQueueAttributes: z.object({ ...queueUrl, AttributeNames: names }),
  SetQueueAttributes: z.object({ ...queueUrl, Attributes: texts }),
  ListQueues: z.object({
    QueueNamePrefix: z.string().default(""),
    MaxResults: z.number().int().min(1).max(1_000).default(1_000),
    NextToken: z.string().default(""),
  }),
  ListDeadLetterSourceQueues: z.object(queueUrl),
  ListQueueTags: z.object(queueUrl),
  TagQueue: z.object({ ...queueUrl, Tags: texts }),
  UntagQueue: z.object({ ...queueUrl, TagKeys: z.array(z.string()) }),
  SendMessage: message.extend(queueUrl),
  SendMessageBatch: z.object({ ...queueUrl, Entries: z.array(message.extend(entry)) }),
  ReceiveMessage: z.object({
    ...queueUrl,
    AttributeNames: names,
    MessageSystemAttributeNames: names,
    MessageAttributeNames: names,
    MaxNumberOfMessages: z.number().default(1),
    VisibilityTimeout: z.number().optional(),
    WaitTimeSeconds: z.number().optional(),
  }),
  DeleteMessage: z.object({ ...queueUrl, ReceiptHandle: z.string() }),
  DeleteMessageBatch: z.object({
    ...queueUrl,
    Entries: z.array(z.object({ ...entry, ReceiptHandle: z.string() })),
  }),
  ChangeMessageVisibility: z.object({
    ...queueUrl,
    ReceiptHandle: z.string(),
    VisibilityTimeout: z.number(),
  }),
  ChangeMessageVisibilityBatch: z.object({
    ...queueUrl,
    Entries: z.array(
      z.object({ ...entry, ReceiptHandle: z.string(), VisibilityTimeout: z.number() }),
    ),
  }),
  StartMessageMoveTask: z.object({
    SourceArn: z.string(),
    DestinationArn: z.string().optional(),
    MaxNumberOfMessagesPerSecond: z.number().int().min(1).max(500).optional(),
  }),
  CancelMessageMoveTask: z.object({ TaskHandle: z.string() }),
  ListMessageMoveTasks: z.object({
    SourceArn: z.string(),
    MaxResults: z.number().int().min(1).max(10).default(1),
  }),
} satisfies Record<string, z.ZodType>;

export type OperationName = keyof typeof inputs;
export type Input<Name extends OperationName> = z.output<(typeof inputs)[Name]>;

/** The schemas, for a generic operation name. */
const schemas: { readonly [Name in OperationName]: z.ZodType<Input<Name>> } = inputs;

export const isOperation = (name: string): name is OperationName => Object.hasOwn(inputs, name);

/** Parses an input. Fails with the error of SQS that names the parameter. */
export const parseInput = <Name extends OperationName>(name: Name, value: unknown): Input<Name> => {
  const schema: z.ZodType<Input<Name>> = schemas[name];
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const parameter = issue?.path.join(".") ?? "";
  if (issue?.message.includes("received undefined")) throw missingParameter(parameter);
  throw invalidValue(`Invalid value for the parameter ${parameter}: ${issue?.message ?? ""}.`);
};
