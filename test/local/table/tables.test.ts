import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { expect, it, onTestFinished } from "vitest";
import { awsJson } from "../../../local/awsJson.ts";
import { tableKind } from "../../../local/table/tableKind.ts";
import { startTables, type Tables } from "../../../local/table/tables.ts";

const start = async (folder?: string): Promise<Tables> => {
  const onDeath = (error: Error) => expect.unreachable(error.message);
  const tables = await startTables({ folder, onDeath });
  onTestFinished(tables.stop);
  return tables;
};

const tempFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "tables-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const properties = (keys: string[]) => ({
  AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
  KeySchema: keys.map((AttributeName, i) => ({
    AttributeName,
    KeyType: i === 0 ? "HASH" : "RANGE",
  })),
  BillingMode: "PAY_PER_REQUEST",
  Replicas: [{ Region: "us-east-1" }],
});

const makeTable = async ({ url }: Tables, keys = ["pk", "sk"]): Promise<string> => {
  const options = { url, target: "DynamoDB_20120810", version: "1.0", socketsMax: 1 } as const;
  const dynamo = awsJson(options);
  onTestFinished(dynamo.close);
  const kind = tableKind(dynamo);
  const place = { logicalId: "Table", stack: "Stack", region: "us-east-1", account: "0" };
  return (await kind.make(kind.properties.parse(properties(keys)), place)).ref;
};

const client = ({ url }: Tables) =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: url,
      region: "us-east-1",
      credentials: { accessKeyId: "key", secretAccessKey: "secret" },
    }),
  );

it("a table can be used as soon as it is made", async () => {
  const tables = await start();
  const TableName = await makeTable(tables);
  const Item = { pk: "fleet", sk: "device", name: "demo" };
  await client(tables).send(new PutCommand({ TableName, Item }));
  const { Item: got } = await client(tables).send(
    new GetCommand({ TableName, Key: { pk: "fleet", sk: "device" } }),
  );
  expect(got).toEqual(Item);
});

it("with a folder, items are there after a restart", async () => {
  const folder = await tempFolder();
  const first = await start(folder);
  const TableName = await makeTable(first);
  await client(first).send(new PutCommand({ TableName, Item: { pk: "a", sk: "b", n: 1 } }));
  await first.stop();

  const second = await start(folder);
  expect(await makeTable(second)).toBe(TableName);
  const got = await client(second).send(new GetCommand({ TableName, Key: { pk: "a", sk: "b" } }));
  expect(got.Item).toEqual({ pk: "a", sk: "b", n: 1 });
});

it("a table whose key has changed stops the start, and its items stay", async () => {
  const folder = await tempFolder();
  const first = await start(folder);
  await makeTable(first, ["pk", "sk"]);
  await first.stop();

  const second = await start(folder);
  await expect(makeTable(second, ["pk"])).rejects.toThrow("Stack-Table");
});

it("a property that is not known is refused by name", () => {
  const kind = tableKind({ call: () => expect.unreachable(), close: () => {} });
  const given = { ...properties(["pk"]), GlobalSecondaryIndexes: [] };
  expect(kind.properties.safeParse(given).error?.message).toContain("GlobalSecondaryIndexes");
});
