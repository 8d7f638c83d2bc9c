import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll } from "vitest";
import { startTableServer } from "../../local/dynamodb/tableServer.ts";
import type { AwsHandler } from "../../local/http/awsRequest.ts";
import { openUsageMeter } from "../../local/platform/usageMeter.ts";
import { startS3Server } from "../../local/s3/s3Server.ts";
import { startSqs } from "../../local/sqs/sqs.ts";

/**
 * The URL of an emulator that others wrote, which the contracts then run against instead of the
 * emulators of this project. `npm run conform` sets it.
 */
export const foreignUrl = process.env.EMULATOR_URL;

const foreign = foreignUrl === undefined ? undefined : { url: foreignUrl, stop: async () => {} };

/**
 * Sets what a Lambda function finds in its environment, so that the adapters go to the emulators.
 */
const environment = (name: "DYNAMODB" | "SQS" | "S3", url: string): void => {
  process.env.AWS_REGION = "us-east-1";
  process.env.AWS_ACCESS_KEY_ID = "test";
  process.env.AWS_SECRET_ACCESS_KEY = "test";
  process.env[`AWS_ENDPOINT_URL_${name}`] = url;
};

let made = 0;
const newName = (kind: string): string => {
  made += 1;
  return `${kind}-${made}`;
};

const testCredentials = { accessKeyId: "test", secretAccessKey: "test" };

/** DynamoDB in this process, until the file's tests are over. */
export const startDynamo = async (credentials = testCredentials) =>
  foreign === undefined ? startOwnDynamo(credentials) : useDynamo(foreign, credentials);

/** The same, with a handler that answers requests without a signature. */
export const startOwnDynamo = async (credentials = testCredentials) => {
  const server = await startTableServer({
    region: "us-east-1",
    credentials,
    usageMeter: openUsageMeter(),
  });
  const handle: AwsHandler = server.handle;
  return { ...useDynamo(server, credentials), handle };
};

const useDynamo = (
  server: { readonly url: string; stop(): Promise<void> },
  credentials: typeof testCredentials,
) => {
  environment("DYNAMODB", server.url);
  const db = new DynamoDBClient({ credentials });
  afterAll(async () => {
    db.destroy();
    await server.stop();
  });
  /** Makes a table with the key `pk`, or `pk` and `sk`, and answers its name. */
  const newTable = async (...keys: string[]): Promise<string> => newIndexedTable(keys, {});

  /** The same with indexes, each of them the name of its key's attributes. */
  const newIndexedTable = async (
    keys: readonly string[],
    indexes: Readonly<Record<string, readonly string[]>>,
  ): Promise<string> => {
    const name = newName("table");
    const attributes = new Set([...keys, ...Object.values(indexes).flat()]);
    const made = Object.entries(indexes).map(([IndexName, index]) => ({
      IndexName,
      KeySchema: keySchema(index),
      Projection: { ProjectionType: "ALL" as const },
    }));
    await db.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [...attributes].map((AttributeName) => ({
          AttributeName,
          AttributeType: "S",
        })),
        KeySchema: keySchema(keys),
        ...(made.length > 0 && { GlobalSecondaryIndexes: made }),
      }),
    );
    return name;
  };
  return { newTable, newIndexedTable };
};

const keySchema = (keys: readonly string[]) =>
  keys.map((key, i) => ({
    AttributeName: key,
    KeyType: i === 0 ? ("HASH" as const) : ("RANGE" as const),
  }));

/** SQS and S3 in this process, until the file's tests are over. */
export const startQueuesAndBuckets = async () => {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const onFatalError = (error: Error): void => {
    throw error;
  };
  const queues = foreign ?? (await startSqs({ region: "us-east-1", credentials, onFatalError }));
  const buckets = foreign ?? (await startS3Server({ region: "us-east-1", credentials }));
  environment("SQS", queues.url);
  environment("S3", buckets.url);
  const sqs = new SQSClient({});
  const s3 = new S3Client({ forcePathStyle: true });
  afterAll(async () => {
    sqs.destroy();
    s3.destroy();
    await Promise.all([queues.stop(), buckets.stop()]);
  });
  return {
    sqs,
    s3,
    async newQueue(): Promise<string> {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: newName("queue") }));
      return QueueUrl!;
    },
    async newBucket(): Promise<string> {
      const Bucket = newName("bucket");
      await s3.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
  };
};
