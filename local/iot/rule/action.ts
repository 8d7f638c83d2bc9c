import * as z from "zod";
import { actionRole, type RulePlace } from "./actionRole.ts";
import type { RuleMessage } from "./expression.ts";
import { parseSubstitution } from "./substitution.ts";

/** Targets of rule actions. */
export interface Targets {
  readonly queues: { send(queueUrl: string, body: string): Promise<void> };
  readonly buckets: { put(bucket: string, key: string, body: string): Promise<void> };
  readonly tables: { put(table: string, item: object): Promise<void> };
}

/** One action of a rule. */
export interface Action {
  /** The name in the error action's message. */
  readonly name: string;
  /** The queue, bucket or table, as in the error action's message. */
  readonly resource: string;
  /** Whether the target is a queue, whose function processes the message. */
  readonly feedsQueue?: boolean;
  /** Resolves once the target has stored `body`. */
  run(body: Buffer, message: RuleMessage): Promise<void>;
}

const sqs = z.strictObject({
  QueueUrl: z.string(),
  RoleArn: z.string(),
  UseBase64: z.boolean().default(false),
});

const s3 = z.strictObject({ BucketName: z.string(), Key: z.string(), RoleArn: z.string() });

const dynamoDBv2 = z.strictObject({
  PutItem: z.strictObject({ TableName: z.string() }),
  RoleArn: z.string(),
});

/** The supported actions of a template. */
export const actionProperties = z.union([
  z.strictObject({ Sqs: sqs }),
  z.strictObject({ S3: s3 }),
  z.strictObject({ DynamoDBv2: dynamoDBv2 }),
]);

export type ActionProperties = z.output<typeof actionProperties>;

interface ActionDeps extends Targets {
  readonly place: RulePlace;
}

/**
 * Prepares an action, which fails unless its role allows it. Fails with an `UnsupportedSqlError`
 * for a key that is not supported.
 */
export const openAction = (properties: ActionProperties, deps: ActionDeps): Action => {
  if ("Sqs" in properties) return sqsAction(properties.Sqs, deps);
  if ("S3" in properties) return s3Action(properties.S3, deps);
  return dynamoAction(properties.DynamoDBv2, deps);
};

const sqsAction = (
  { QueueUrl, RoleArn, UseBase64 }: z.output<typeof sqs>,
  { queues, place }: ActionDeps,
): Action => {
  const encoding = UseBase64 ? "base64" : "utf8";
  const authorize = actionRole(RoleArn, place);
  const queue = `arn:aws:sqs:${place.region}:${place.account}:${QueueUrl.split("/").at(-1)}`;
  return {
    name: "SqsAction",
    resource: QueueUrl,
    feedsQueue: true,
    async run(body) {
      authorize({ action: "sqs:SendMessage", resource: queue });
      await queues.send(QueueUrl, body.toString(encoding));
    },
  };
};

const s3Action = (
  { BucketName, Key, RoleArn }: z.output<typeof s3>,
  { buckets, place }: ActionDeps,
): Action => {
  const key = parseSubstitution(Key);
  const authorize = actionRole(RoleArn, place);
  return {
    name: "S3Action",
    resource: BucketName,
    async run(body, message) {
      const name = key(message);
      authorize({ action: "s3:PutObject", resource: `arn:aws:s3:::${BucketName}/${name}` });
      await buckets.put(BucketName, name, body.toString());
    },
  };
};

const item = z.record(z.string(), z.unknown());

/**
 * Each top-level key of the SQL's result is an attribute. Fails when the result is not a JSON
 * object.
 */
const dynamoAction = (
  { PutItem: { TableName }, RoleArn }: z.output<typeof dynamoDBv2>,
  { tables, place: { region, account }, place }: ActionDeps,
): Action => {
  const authorize = actionRole(RoleArn, place);
  const table = `arn:aws:dynamodb:${region}:${account}:table/${TableName}`;
  return {
    name: "DynamoDBv2Action",
    resource: TableName,
    async run(body) {
      authorize({ action: "dynamodb:PutItem", resource: table });
      await tables.put(TableName, item.parse(JSON.parse(body.toString())));
    },
  };
};
