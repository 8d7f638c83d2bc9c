import * as z from "zod";
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

/** Prepares an action. Fails with an `UnsupportedSqlError` for a key that is not supported. */
export const openAction = (properties: ActionProperties, targets: Targets): Action => {
  if ("Sqs" in properties) return sqsAction(properties.Sqs, targets);
  if ("S3" in properties) return s3Action(properties.S3, targets);
  return dynamoAction(properties.DynamoDBv2, targets);
};

const sqsAction = ({ QueueUrl, UseBase64 }: z.output<typeof sqs>, { queues }: Targets): Action => {
  const encoding = UseBase64 ? "base64" : "utf8";
  return {
    name: "SqsAction",
    resource: QueueUrl,
    run: (body) => queues.send(QueueUrl, body.toString(encoding)),
  };
};

const s3Action = ({ BucketName, Key }: z.output<typeof s3>, { buckets }: Targets): Action => {
  const key = parseSubstitution(Key);
  return {
    name: "S3Action",
    resource: BucketName,
    run: (body, message) => buckets.put(BucketName, key(message), body.toString()),
  };
};

const item = z.record(z.string(), z.unknown());

/**
 * Each top-level key of the SQL's result is an attribute. Fails when the result is not a JSON
 * object.
 */
const dynamoAction = ({ PutItem }: z.output<typeof dynamoDBv2>, { tables }: Targets): Action => ({
  name: "DynamoDBv2Action",
  resource: PutItem.TableName,
  run: async (body) => {
    await tables.put(PutItem.TableName, item.parse(JSON.parse(body.toString())));
  },
});
