import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { DescribeEndpointCommand, IoTClient } from "@aws-sdk/client-iot";
import { GetConnectionCommand, IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import mqtt from "mqtt";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { signWebSocketUrl } from "#shared/platform/awsSignature.ts";
import { startTableServer } from "../../../local/dynamodb/tableServer.ts";
import { openAccess } from "../../../local/iam/access.ts";
import { openIam } from "../../../local/iam/iam.ts";
import { startIot } from "../../../local/iot/iot.ts";
import { startKms } from "../../../local/kms/kms.ts";
import { startInvokeServer } from "../../../local/lambda/invoke/invokeServer.ts";
import { startSes } from "../../../local/mail/ses.ts";
import { openUsageMeter } from "../../../local/platform/usageMeter.ts";
import { startS3Server } from "../../../local/s3/s3Server.ts";
import { startSqs } from "../../../local/sqs/sqs.ts";
import type { ResourceProvider } from "../../../local/template/resourceProvider.ts";

/*
 * Every emulated service over HTTP, with the SDK's clients and the credentials of a role: denied
 * without a statement, allowed with it.
 */

const region = "us-east-1";
const account = "000000000000";
const credentials = { accessKeyId: "OWNER", secretAccessKey: "secret" };
const place = { stack: "Stack", region, account };
const log = () => {};
const onFatalError = (error: Error): void => {
  throw error;
};
const folder = mkdtempSync(join(tmpdir(), "godwit-iam-"));
const iam = openIam({ account, owner: credentials });
const access = openAccess();
const common = { region, account, credentials, access, log, onFatalError };

const sqs = await startSqs(common);
const s3 = await startS3Server(common);
const tables = await startTableServer({ ...common, usageMeter: openUsageMeter() });
const kms = await startKms({ ...common, folder, addKeyPolicy: iam.addResourcePolicy });
const ses = await startSes({ ...common, folder });
const iot = await startIot({
  ...common,
  folder,
  mqttPort: 0,
  queues: { send: async () => {} },
  buckets: { put: async () => {} },
  tables: { put: async () => {} },
});
afterAll(async () => {
  await Promise.all([sqs, s3, tables, kms, ses, iot].map((service) => service.stop()));
  rmSync(folder, { recursive: true });
});

const create = async (
  providers: readonly ResourceProvider[],
  type: string,
  properties: object,
  logicalId: string,
) => {
  const provider = providers.find((each) => each.type === type)!;
  return await provider.create(provider.properties.parse(properties), { ...place, logicalId });
};

/** The credentials of a new role that allows these actions on these resources. */
let roles = 0;
const roleWith = async (...statements: readonly object[]) => {
  roles += 1;
  const name = `Role${roles}`;
  const trust = {
    Effect: "Allow",
    Principal: { Service: "lambda.amazonaws.com" },
    Action: "sts:AssumeRole",
  };
  const { ref, attributes } = await create(
    iam.providers,
    "AWS::IAM::Role",
    { AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [trust] } },
    name,
  );
  if (statements.length > 0) {
    const PolicyDocument = { Version: "2012-10-17", Statement: statements };
    const properties = { PolicyName: "p", PolicyDocument, Roles: [ref] };
    await create(iam.providers, "AWS::IAM::Policy", properties, `${name}Policy`);
  }
  const made = iam.credentialsOf(attributes!.Arn!, "fn");
  access.set(iam.data());
  return made;
};

const allow = (Action: string | string[], Resource: string | string[], more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const user = () => `arn:aws:sts::${account}:assumed-role/Stack-Role${roles}/fn`;
const arn = (service: string, name: string) => `arn:aws:${service}:${region}:${account}:${name}`;

describe("DynamoDB", () => {
  const owner = new DynamoDBClient({ region, credentials, endpoint: tables.url });
  const client = async (...statements: readonly object[]) =>
    new DynamoDBClient({
      region,
      endpoint: tables.url,
      credentials: await roleWith(...statements),
    });
  const get = new GetItemCommand({ TableName: "table-1", Key: { pk: { S: "a" } } });
  const query = (IndexName?: string) =>
    new QueryCommand({
      TableName: "table-1",
      IndexName,
      KeyConditionExpression: "pk = :a",
      ExpressionAttributeValues: { ":a": { S: "a" } },
    });

  it("denies as AWS does, and allows the owner everything", async () => {
    await owner.send(
      new CreateTableCommand({
        TableName: "table-1",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        GlobalSecondaryIndexes: [
          {
            IndexName: "byPk",
            KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
            Projection: { ProjectionType: "ALL" },
          },
        ],
      }),
    );
    await owner.send(get);
    await expect((await client()).send(get)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: `User: ${user()} is not authorized to perform: dynamodb:GetItem on resource: ${arn("dynamodb", "table/table-1")} because no identity-based policy allows the dynamodb:GetItem action`,
      $metadata: { httpStatusCode: 400 },
    });
    await (await client(allow("dynamodb:GetItem", arn("dynamodb", "table/table-1")))).send(get);
    await expect(
      (await client(allow("dynamodb:GetItem", arn("dynamodb", "table/other")))).send(get),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("checks an index in place of its table", async () => {
    const onTable = await client(allow("dynamodb:Query", arn("dynamodb", "table/table-1")));
    await onTable.send(query());
    await expect(onTable.send(query("byPk"))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("table/table-1/index/byPk because"),
    });
    const onIndex = await client(
      allow("dynamodb:Query", arn("dynamodb", "table/table-1/index/byPk")),
    );
    await onIndex.send(query("byPk"));
    await expect(onIndex.send(query())).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("checks each part of a transaction by its own action", async () => {
    const command = new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: "table-1", Item: { pk: { S: "a" } } } },
        { Delete: { TableName: "table-1", Key: { pk: { S: "b" } } } },
      ],
    });
    const table = arn("dynamodb", "table/table-1");
    await expect((await client(allow("dynamodb:PutItem", table))).send(command)).rejects.toThrow(
      "dynamodb:DeleteItem",
    );
    await (await client(allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], table))).send(command);
  });
});

it("SQS denies as AWS does, and a batch needs the action of its entries", async () => {
  const owner = new SQSClient({ region, credentials, endpoint: sqs.url });
  const { QueueUrl } = await owner.send(new CreateQueueCommand({ QueueName: "q" }));
  const send = async (...statements: readonly object[]) =>
    await new SQSClient({
      region,
      endpoint: sqs.url,
      credentials: await roleWith(...statements),
    }).send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "1", MessageBody: "x" }] }));
  await expect(send()).rejects.toMatchObject({
    name: "AccessDenied",
    message: `User: ${user()} is not authorized to perform: sqs:sendmessage on resource: ${arn("sqs", "q")} because no identity-based policy allows the sqs:sendmessage action`,
    $metadata: { httpStatusCode: 403 },
  });
  await send(allow("sqs:SendMessage", arn("sqs", "q")));
});

describe("S3", () => {
  const client = async (...statements: readonly object[]) =>
    new S3Client({
      region,
      endpoint: s3.url,
      forcePathStyle: true,
      credentials: await roleWith(...statements),
    });
  const bucket = "arn:aws:s3:::b-1";

  it("denies as AWS does, and checks the prefix of a list", async () => {
    const owner = new S3Client({ region, credentials, endpoint: s3.url, forcePathStyle: true });
    await owner.send(new CreateBucketCommand({ Bucket: "b-1" }));
    const list = (Prefix: string) => new ListObjectsV2Command({ Bucket: "b-1", Prefix });
    await expect((await client()).send(list("a/"))).rejects.toMatchObject({
      name: "AccessDenied",
      message: `User: ${user()} is not authorized to perform: s3:ListBucket on resource: "${bucket}" because no identity-based policy allows the s3:ListBucket action`,
      $metadata: { httpStatusCode: 403 },
    });
    const limited = await client(
      allow("s3:ListBucket", bucket, { Condition: { StringLike: { "s3:prefix": "a/*" } } }),
    );
    await limited.send(list("a/"));
    await expect(limited.send(list("b/"))).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("needs a permission of its own for tags", async () => {
    const put = new PutObjectCommand({ Bucket: "b-1", Key: "a/1", Body: "x", Tagging: "k=v" });
    const plain = await client(allow("s3:PutObject", `${bucket}/a/*`));
    await expect(plain.send(put)).rejects.toThrow("s3:PutObjectTagging");
    await (await client(allow(["s3:PutObject", "s3:PutObjectTagging"], `${bucket}/a/*`))).send(put);
  });

  it("hides that an object is missing from a role that may not list", async () => {
    const get = new GetObjectCommand({ Bucket: "b-1", Key: "a/none" });
    const read = allow("s3:GetObject", `${bucket}/*`);
    await expect((await client(read)).send(get)).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(
      (await client(read, allow("s3:ListBucket", bucket))).send(get),
    ).rejects.toMatchObject({ name: "NoSuchKey" });
  });
});

describe("KMS", () => {
  const keyWith = async (policy: readonly object[], logicalId: string) => {
    const KeyPolicy = { Version: "2012-10-17", Statement: policy };
    const { ref, attributes } = await create(
      kms.providers,
      "AWS::KMS::Key",
      { KeyPolicy },
      logicalId,
    );
    return { KeyId: ref, keyArn: attributes!.Arn! };
  };
  const delegating = allow("kms:*", "*", { Principal: { AWS: `arn:aws:iam::${account}:root` } });
  const encrypt = async (KeyId: string, ...statements: readonly object[]) =>
    await new KMSClient({
      region,
      endpoint: kms.url,
      credentials: await roleWith(...statements),
    }).send(
      new EncryptCommand({
        KeyId,
        Plaintext: Buffer.from("x"),
        EncryptionContext: { fleet: "f1" },
      }),
    );

  it("denies as AWS does when the key leaves the decision to the account", async () => {
    const { KeyId, keyArn } = await keyWith([delegating], "Key1");
    await expect(encrypt(KeyId)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringMatching(
        /kms:Encrypt on resource: .* because no identity-based policy/,
      ),
      $metadata: { httpStatusCode: 400 },
    });
    await encrypt(KeyId, allow("kms:Encrypt", keyArn));
  });

  it("denies a role that the key's policy does not mention", async () => {
    const other = allow("kms:*", "*", { Principal: { Service: "cloudwatch.amazonaws.com" } });
    const { KeyId, keyArn } = await keyWith([other], "Key2");
    await expect(encrypt(KeyId, allow("kms:Encrypt", keyArn))).rejects.toThrow(
      "because no resource-based policy allows the kms:Encrypt action",
    );
  });

  it("checks the key's aliases and the encryption context", async () => {
    const { KeyId } = await keyWith([delegating], "Key3");
    const AliasName = "alias/mine";
    await create(kms.providers, "AWS::KMS::Alias", { AliasName, TargetKeyId: KeyId }, "Alias");
    const onAlias = (alias: string, fleet: string) =>
      allow("kms:Encrypt", arn("kms", "key/*"), {
        Condition: {
          "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias },
          StringEquals: { "kms:EncryptionContext:fleet": fleet },
        },
      });
    await encrypt(AliasName, onAlias("alias/mine", "f1"));
    for (const statement of [onAlias("alias/other", "f1"), onAlias("alias/mine", "f2")]) {
      await expect(encrypt(AliasName, statement)).rejects.toMatchObject({
        name: "AccessDeniedException",
      });
    }
  });
});

it("Lambda allows a role to invoke the functions that it names", async () => {
  const invokes = await startInvokeServer({
    ...common,
    lambda: { invokeForText: async () => '"done"', invokeAsync: () => {} },
  });
  onTestFinished(invokes.stop);
  const invoke = async (...statements: readonly object[]) =>
    await new LambdaClient({
      region,
      endpoint: invokes.url,
      credentials: await roleWith(...statements),
    }).send(new InvokeCommand({ FunctionName: "fn-1" }));
  await expect(invoke()).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(
      `lambda:InvokeFunction on resource: ${arn("lambda", "function:fn-1")} because`,
    ),
    $metadata: { httpStatusCode: 403 },
  });
  const other = allow("lambda:InvokeFunction", arn("lambda", "function:fn-2"));
  await expect(invoke(other)).rejects.toMatchObject({ name: "AccessDeniedException" });
  await invoke(allow("lambda:InvokeFunction", arn("lambda", "function:fn-1")));
});

describe("IoT Core", () => {
  it("denies its control plane with the action, and its data plane without a reason", async () => {
    const denied = await roleWith();
    const control = new IoTClient({ region, endpoint: iot.control.url, credentials: denied });
    await expect(
      control.send(new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" })),
    ).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: `User: ${user()} is not authorized to perform: iot:DescribeEndpoint on resource: * because no identity-based policy allows the iot:DescribeEndpoint action`,
      $metadata: { httpStatusCode: 403 },
    });
    const connection = new GetConnectionCommand({ clientId: "d1" });
    const data = async (given: typeof credentials) =>
      await new IoTDataPlaneClient({ region, endpoint: iot.data.url, credentials: given }).send(
        connection,
      );
    await expect(data(denied)).rejects.toMatchObject({
      name: "ForbiddenException",
      message: "Forbidden",
      $metadata: { httpStatusCode: 403 },
    });
    await expect(
      data(await roleWith(allow("iot:GetConnection", arn("iot", "client/*")))),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("limits a connection over WebSockets to its role", async () => {
    const connect = async (clientId: string) => {
      const own = await roleWith(
        allow("iot:Connect", arn("iot", "client/stream-*")),
        allow("iot:Subscribe", arn("iot", "topicfilter/events/*")),
      );
      const url = new URL("/mqtt", iot.data.url.replace("http", "ws"));
      const signed = signWebSocketUrl(url, region, own, Date.now());
      const client = mqtt.connect(signed.href, { clientId, reconnectPeriod: 0 });
      const { promise, resolve, reject } = Promise.withResolvers<typeof client>();
      client.once("connect", () => resolve(client));
      client.once("close", () => reject(new Error("closed")));
      return await promise;
    };
    await iot.open();
    await expect(connect("other-1")).rejects.toThrow("closed");
    const client = await connect("stream-1");
    expect(await client.subscribeAsync("events/f1/#")).toMatchObject([{ qos: 0 }]);
    await expect(client.subscribeAsync("acks/#")).rejects.toThrow();
    client.end(true);
  });
});

it("a role's request with an unknown operation fails by name, and is not allowed", async () => {
  const { accessKeyId } = await roleWith(allow("*", "*"));
  const reply = await tables.handle({
    method: "POST",
    url: "/",
    headers: { "x-amz-target": "DynamoDB_20120810.ExecuteStatement" },
    body: Buffer.from("{}"),
    roleKey: accessKeyId,
  });
  expect(reply.status).toBe(500);
  expect(String(reply.body)).toContain("DynamoDB ExecuteStatement");
});

it("the signature of a role is verified with the role's own secret", async () => {
  const { accessKeyId } = await roleWith(allow("dynamodb:GetItem", "*"));
  const forged = { accessKeyId, secretAccessKey: credentials.secretAccessKey };
  const client = new DynamoDBClient({ region, endpoint: tables.url, credentials: forged });
  await expect(
    client.send(new GetItemCommand({ TableName: "table-1", Key: { pk: { S: "a" } } })),
  ).rejects.toThrow("the signature does not match");
});
