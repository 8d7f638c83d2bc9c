import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
} from "@aws-sdk/lib-dynamodb";
import { expect, it, onTestFinished } from "vitest";
import { tableProvider } from "../../../local/dynamodb/tableProvider.ts";
import { startTables, type Tables } from "../../../local/dynamodb/tables.ts";
import { credentials } from "../support/signing.ts";

const start = async (folder?: string): Promise<Tables> => {
  const onFatalError = (error: Error) => expect.unreachable(error.message);
  const tables = await startTables({ region: "us-east-1", credentials, folder, onFatalError });
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

const createTable = async (
  tables: Tables,
  keys = ["pk", "sk"],
  more: Record<string, unknown> = {},
): Promise<string> => {
  const kind = tableProvider(() => tables);
  const place = { logicalId: "Table", stack: "Stack", region: "us-east-1", account: "0" };
  return (await kind.create(kind.properties.parse({ ...properties(keys), ...more }), place)).ref;
};

/** A table with the index `byOwner`, as the CDK defines it. */
const indexed = (Projection: object = { ProjectionType: "ALL" }, key = "owner") => ({
  AttributeDefinitions: ["pk", "sk", key].map((AttributeName) => ({
    AttributeName,
    AttributeType: "S",
  })),
  GlobalSecondaryIndexes: [
    {
      IndexName: "byOwner",
      KeySchema: [
        { AttributeName: key, KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      Projection,
    },
  ],
});

const client = ({ url }: Tables) =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: url,
      region: "us-east-1",
      credentials,
    }),
  );

it("a table is usable as soon as it is created", async () => {
  const tables = await start();
  const TableName = await createTable(tables);
  const Item = { pk: "fleet", sk: "device", name: "demo" };
  await client(tables).send(new PutCommand({ TableName, Item }));
  const { Item: got } = await client(tables).send(
    new GetCommand({ TableName, Key: { pk: "fleet", sk: "device" } }),
  );
  expect(got).toEqual(Item);
});

it("items survive a restart with a folder", async () => {
  const folder = await tempFolder();
  const first = await start(folder);
  const TableName = await createTable(first);
  await client(first).send(new PutCommand({ TableName, Item: { pk: "a", sk: "b", n: 1 } }));
  await first.stop();

  const second = await start(folder);
  expect(await createTable(second)).toBe(TableName);
  const got = await client(second).send(new GetCommand({ TableName, Key: { pk: "a", sk: "b" } }));
  expect(got.Item).toEqual({ pk: "a", sk: "b", n: 1 });
});

it("a table whose key has changed fails the start and keeps its items", async () => {
  const folder = await tempFolder();
  const first = await start(folder);
  await createTable(first, ["pk", "sk"]);
  await first.stop();

  const second = await start(folder);
  await expect(createTable(second, ["pk"])).rejects.toThrow("Stack-Table");
});

it("only expired items are deleted", async () => {
  const tables = await start();
  const expiring = { TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true } };
  const name = await createTable(tables, ["pk", "sk"], expiring);
  const expiries = { old: 999, older: 1, new: 1_000, newer: 2_000_000_000 };
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`old ${i}`, i]));
  for (const [sk, expiresAt] of Object.entries({ ...expiries, ...many })) {
    await client(tables).send(
      new PutCommand({ TableName: name, Item: { pk: "a", sk, expiresAt } }),
    );
  }
  await client(tables).send(new PutCommand({ TableName: name, Item: { pk: "a", sk: "never" } }));

  expect(await tables.deleteExpired(1_000)).toBe(62);
  const left = await client(tables).send(new ScanCommand({ TableName: name }));
  expect(left.Items?.map(({ sk }) => sk).sort()).toEqual(["never", "new", "newer"]);
});

it("an index returns the items of a key in order, page by page", async () => {
  const tables = await start();
  const TableName = await createTable(tables, ["pk", "sk"], indexed());
  const db = client(tables);
  for (const [pk, sk, owner] of ["c3m", "a1m", "b2m", "d4n", "e5"]) {
    await db.send(new PutCommand({ TableName, Item: { pk, sk, ...(owner && { owner }) } }));
  }
  const pages: string[][] = [];
  const query: QueryCommandInput = {
    TableName,
    IndexName: "byOwner",
    KeyConditionExpression: "#owner = :owner",
    ExpressionAttributeNames: { "#owner": "owner" },
    ExpressionAttributeValues: { ":owner": "m" },
    Limit: 2,
  };
  do {
    const page = await db.send(new QueryCommand(query));
    pages.push(page.Items!.map(({ pk, sk, owner }) => `${pk}${sk}${owner}`));
    query.ExclusiveStartKey = page.LastEvaluatedKey;
  } while (query.ExclusiveStartKey !== undefined);
  expect(pages).toEqual([["a1m", "b2m"], ["c3m"]]);
});

it.each([
  [{ ProjectionType: "KEYS_ONLY" }, { pk: "a", sk: "1", owner: "m" }],
  [
    { ProjectionType: "INCLUDE", NonKeyAttributes: ["name"] },
    { pk: "a", sk: "1", owner: "m", name: "n" },
  ],
])("an index has only the attributes of %j", async (projected, expected) => {
  const tables = await start();
  const TableName = await createTable(tables, ["pk", "sk"], indexed(projected));
  const Item = { pk: "a", sk: "1", owner: "m", name: "n", secret: "s" };
  await client(tables).send(new PutCommand({ TableName, Item }));
  const { Items } = await client(tables).send(
    new QueryCommand({
      TableName,
      IndexName: "byOwner",
      KeyConditionExpression: "#owner = :owner",
      ExpressionAttributeNames: { "#owner": "owner" },
      ExpressionAttributeValues: { ":owner": "m" },
    }),
  );
  expect(Items).toEqual([expected]);
});

it.each([
  ["has no index byOwner", {}],
  ["has another index byOwner", indexed({ ProjectionType: "KEYS_ONLY" })],
  ["has another index byOwner", indexed({ ProjectionType: "ALL" }, "fleet")],
])("a table of an earlier start that %s fails the start", async (what, before) => {
  const folder = await tempFolder();
  const first = await start(folder);
  await createTable(first, ["pk", "sk"], before);
  await first.stop();

  const second = await start(folder);
  const again = createTable(second, ["pk", "sk"], indexed());
  await expect(again).rejects.toMatchObject({
    name: "StartError",
    message: `the table Stack-Table was created by an earlier version and ${what}: start with a new --data folder`,
  });
});

it("a table with an index is the same after a restart", async () => {
  const folder = await tempFolder();
  const first = await start(folder);
  await createTable(first, ["pk", "sk"], indexed());
  await first.stop();
  const second = await start(folder);
  expect(await createTable(second, ["pk", "sk"], indexed())).toBe("Stack-Table");
});

it("an item of JSON values replaces an older one and is read back unchanged", async () => {
  const tables = await start();
  const TableName = await createTable(tables);
  const item = {
    pk: "a",
    sk: "b",
    text: "é",
    whole: 1_700_000_000,
    part: -0.5,
    yes: true,
    nothing: null,
    empty: "",
    list: [1, "x", [], {}],
    object: { a: { b: [null] } },
  };
  await tables.put(TableName, { pk: "a", sk: "b", old: 1 });
  await tables.put(TableName, item);
  const { Items } = await client(tables).send(new ScanCommand({ TableName }));
  expect(Items).toEqual([item]);
});

it("an item without its key is rejected", async () => {
  const tables = await start();
  const TableName = await createTable(tables);
  await expect(tables.put(TableName, { pk: "a" })).rejects.toMatchObject({
    name: "AwsError",
    code: "ValidationException",
  });
});

it("an unknown property is rejected by name", () => {
  const kind = tableProvider(() => expect.unreachable());
  const given = { ...properties(["pk"]), LocalSecondaryIndexes: [] };
  expect(kind.properties.safeParse(given).error?.message).toContain("LocalSecondaryIndexes");
  const [index] = indexed().GlobalSecondaryIndexes;
  const odd = { ...properties(["pk"]), GlobalSecondaryIndexes: [{ ...index, Backfill: true }] };
  expect(kind.properties.safeParse(odd).error?.message).toContain("Backfill");
});

it("a function's request reaches the tables over its wire", async () => {
  const tables = await start();
  const TableName = await createTable(tables);
  await tables.put(TableName, { pk: "a", sk: "b" });
  const { hosts, port } = tables.openWire();
  const headers = { "x-amz-target": "DynamoDB_20120810.Scan" };
  const body = JSON.stringify({ TableName });
  port.postMessage({ id: 1, host: hosts[0], method: "POST", url: "/", headers, body });
  const [response] = await once(port, "message");
  port.close();
  expect(response).toMatchObject({ id: 1, status: 200 });
  expect(JSON.parse(response.body)).toMatchObject({ Count: 1 });
});
