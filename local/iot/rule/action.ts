import * as z from "zod";
import type { RuleMessage } from "./expression.ts";
import { parseSubstitution } from "./substitution.ts";

/** Where rule actions put things. */
export interface Targets {
  readonly queues: { send(queueUrl: string, body: string): Promise<void> };
  readonly buckets: { put(bucket: string, key: string, body: string): Promise<void> };
}

/** One action of a rule. */
export interface Action {
  /** As the error action's message names it. */
  readonly name: string;
  /** The queue or bucket, likewise. */
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

/** An action in the templates, of a kind that is understood here. */
export const actionProperties = z.union([z.strictObject({ Sqs: sqs }), z.strictObject({ S3: s3 })]);

export type ActionProperties = z.output<typeof actionProperties>;

/** Makes an action ready to run. Fails with an `SqlNotKnown` for a key that is not understood. */
export const openAction = (properties: ActionProperties, { queues, buckets }: Targets): Action => {
  if ("Sqs" in properties) {
    const { QueueUrl, UseBase64 } = properties.Sqs;
    const encoding = UseBase64 ? "base64" : "utf8";
    return {
      name: "SqsAction",
      resource: QueueUrl,
      run: (body) => queues.send(QueueUrl, body.toString(encoding)),
    };
  }
  const { BucketName, Key } = properties.S3;
  const key = parseSubstitution(Key);
  return {
    name: "S3Action",
    resource: BucketName,
    run: (body, message) => buckets.put(BucketName, key(message), body.toString()),
  };
};
