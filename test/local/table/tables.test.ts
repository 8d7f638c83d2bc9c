import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { expect, it, onTestFinished } from "vitest";
import { awsJson } from "../../../local/awsJson.ts";
import { deleteExpired } from "../../../local/table/expiry.ts";
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

const dynamoOf = ({ url }: Tables) => {
  const options = { url, target: "DynamoDB_20120810", version: "1.0", socketsMax: 1 } as const;
  const dynamo = awsJson(options);
  onTestFinished(dynamo.close);
  return dynamo;
};

const makeTable = async (tables: Tables, keys = ["pk", "sk"]): Promise<string> => {
  const kind = tableKind(dynamoOf(tables), () => {});
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

it("items that have expired are deleted, and no others", async () => {
  const tables = await start();
  const name = await makeTable(tables);
  const expiries = { old: 999, older: 1, new: 1_000, newer: 2_000_000_000 };
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`old ${i}`, i]));
  for (const [sk, expiresAt] of Object.entries({ ...expiries, ...many })) {
    await client(tables).send(
      new PutCommand({ TableName: name, Item: { pk: "a", sk, expiresAt } }),
    );
  }
  await client(tables).send(new PutCommand({ TableName: name, Item: { pk: "a", sk: "never" } }));

  const table = { name, attribute: "expiresAt", keys: ["pk", "sk"] };
  expect(await deleteExpired(dynamoOf(tables), table, 1_000)).toBe(62);
  const left = await client(tables).send(new ScanCommand({ TableName: name }));
  expect(left.Items?.map(({ sk }) => sk).sort()).toEqual(["never", "new", "newer"]);
});

it("a property that is not known is refused by name", () => {
  const kind = tableKind({ call: () => expect.unreachable(), close: () => {} }, () => {});
  const given = { ...properties(["pk"]), GlobalSecondaryIndexes: [] };
  expect(kind.properties.safeParse(given).error?.message).toContain("GlobalSecondaryIndexes");
});
