import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { openTables } from "#shared/aws/platform/clients.ts";
import { startTables } from "../../../local/dynamodb/tables.ts";
import { startSqs } from "../../../local/sqs/sqs.ts";
import { stopLater } from "../../system/cleanup.ts";

const region = "us-east-1";
const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };

/** A table with a partition key and a sort key. */
const shape = {
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" as const },
    { AttributeName: "sk", AttributeType: "S" as const },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: "sk", KeyType: "RANGE" as const },
  ],
  GlobalSecondaryIndexes: [],
};

/** The tables and queues of `npm start`, with their state in a temporary folder. */
export const startServices = async () => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-scale-"));
  const folders = { tables: join(folder, "tables"), queues: join(folder, "queues") };
  for (const one of Object.values(folders)) await mkdir(one);
  const onFatalError = (error: Error): void => {
    throw error;
  };
  const options = { region, credentials, durability: "process", onFatalError } as const;
  const tables = await startTables({ ...options, folder: folders.tables });
  const queues = await startSqs({ ...options, folder: folders.queues });
  stopLater(async () => {
    await Promise.all([tables.stop(), queues.stop()]);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  // The adapters find the services as on AWS.
  Object.assign(process.env, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    AWS_ENDPOINT_URL_SQS: queues.url,
  });
  const sqs = new SQSClient({});
  return {
    region,
    db: openTables(),
    async newTable(name: string): Promise<string> {
      await tables.create({ name, shape, regions: [region] });
      return name;
    },
    async newQueue(name: string): Promise<{ url: string; remove: () => Promise<void> }> {
      const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
      return {
        url: QueueUrl,
        remove: async () => void (await sqs.send(new DeleteQueueCommand({ QueueUrl }))),
      };
    },
  };
};
