import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  IdempotentParameterMismatchException,
  ListTablesCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  TransactionCanceledException,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTableServer, type TableServer } from "../../../local/dynamodb/tableServer.ts";
import { openUsageMeter } from "../../../local/platform/usageMeter.ts";
import { foreignUrl } from "../../contracts/emulators.ts";
import { credentials } from "../support/signing.ts";

const region = "us-east-1";
/** The emulator of this project, or the URL of another one. */
let server: TableServer | { readonly url: string };
let db: DynamoDBDocumentClient;
let TableName = "";

beforeAll(async () => {
  server =
    foreignUrl === undefined
      ? await startTableServer({ region, credentials, usageMeter: openUsageMeter() })
      : { url: foreignUrl };
  const client = new DynamoDBClient({ endpoint: server.url, region, credentials, maxAttempts: 1 });
  db = DynamoDBDocumentClient.from(client);
});

afterAll(async () => {
  db.destroy();
  if ("stop" in server) await server.stop();
});

let tables = 0;

/** A table with a numeric sort key, an index of other keys and one of another sort key. */
beforeEach(async () => {
  tables += 1;
  TableName = `rows-${tables}`;
  await db.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "N" },
        { AttributeName: "owner", AttributeType: "S" },
        { AttributeName: "at", AttributeType: "B" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "byOwner",
          KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }],
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["name"] },
        },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: "byTime",
          KeySchema: [
            { AttributeName: "pk", KeyType: "HASH" },
            { AttributeName: "at", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    }),
  );
});

const Key = { pk: "a", sk: 1 };
const put = (Item: Record<string, unknown>) => db.send(new PutCommand({ TableName, Item }));
const get = async (key: Record<string, unknown> = Key) =>
  (await db.send(new GetCommand({ TableName, Key: key }))).Item;
const update = async (
  UpdateExpression: string,
  values?: Record<string, unknown>,
  more: Partial<UpdateCommandInput> = {},
) =>
  (
    await db.send(
      new UpdateCommand({
        TableName,
        Key,
        UpdateExpression,
        ...(values && { ExpressionAttributeValues: values }),
        ReturnValues: "ALL_NEW",
        ...more,
      }),
    )
  ).Attributes;

/** Names the service and the region to an emulator that does not verify signatures. */
const unchecked = `AWS4-HMAC-SHA256 Credential=test/20261130/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`;

const call = async (operation: string, input: unknown) => {
  const headers = { "x-amz-target": `DynamoDB_20120810.${operation}` };
  const body = Buffer.from(typeof input === "string" ? input : JSON.stringify(input));
  if ("handle" in server) {
    const { status, body: text } = await server.handle({ method: "POST", url: "/", headers, body });
    return { status, ...JSON.parse(text.toString()) };
  }
  const response = await fetch(server.url, {
    method: "POST",
    headers: { ...headers, authorization: unchecked, "content-type": "application/x-amz-json-1.0" },
    body,
  });
  return { status: response.status, ...JSON.parse(await response.text()) };
};

const invalid = (message: string) => ({
  name: "ValidationException",
  message: expect.stringContaining(message),
});

describe("an item", () => {
  it("of every type is read back unchanged", async () => {
    const item = {
      ...Key,
      text: "é😀",
      empty: "",
      number: -0.5,
      small: 1e-100,
      flag: false,
      nothing: null,
      list: [1, "x", [], {}, [{ a: [null] }]],
      map: { x: { y: [true] } },
      bytes: new Uint8Array([0, 255]),
      texts: new Set(["a", "b"]),
      numbers: new Set([1, 2.5]),
      binaries: new Set([new Uint8Array([1]), new Uint8Array([2])]),
    };
    await put(item);
    expect(await get()).toEqual(item);
  });

  it("has the attributes that it was written with, also those that every object has", async () => {
    const key = { pk: { S: "a" }, sk: { N: "1" } };
    const names = { "#p": "__proto__", "#c": "constructor" };
    await call("UpdateItem", {
      TableName,
      Key: key,
      UpdateExpression: "SET #p = :v, #c.x = :v",
      ConditionExpression: "attribute_not_exists(#p) AND attribute_not_exists(#c)",
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ":v": { S: "x" } },
    }).then((answer) => expect(answer.message).toContain("document path"));
    const set = {
      TableName,
      Key: key,
      UpdateExpression: "SET #p = :v, #c = :v",
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ":v": { S: "x" } },
    };
    expect(await call("UpdateItem", set)).toMatchObject({ status: 200 });
    const found = await call("GetItem", { TableName, Key: key });
    expect(Object.keys(found.Item).sort()).toEqual(["__proto__", "constructor", "pk", "sk"]);
    const remove = { UpdateExpression: "REMOVE #p, #c", ExpressionAttributeNames: names };
    await call("UpdateItem", { TableName, Key: key, ...remove });
    expect((await call("GetItem", { TableName, Key: key })).Item).toEqual(key);
  });

  it.each([
    ["no key", { pk: "a" }, "Missing the key sk"],
    ["another type of key", { pk: 1, sk: 1 }, "Type mismatch for key pk"],
    ["an empty key", { pk: "", sk: 1 }, "cannot contain an empty string value. Key: pk"],
    ["a key that is too long", { pk: "k".repeat(2_049), sk: 1 }, "Size of hashkey"],
    ["an index key of another type", { ...Key, owner: 1 }, "Type mismatch for Index Key owner"],
    ["an empty index key", { ...Key, owner: "" }, "IndexName: byOwner"],
    ["more than 400 KB", { ...Key, text: "x".repeat(409_600) }, "Item size has exceeded"],
  ])("with %s is rejected", async (_, item, message) => {
    await expect(put(item)).rejects.toMatchObject(invalid(message));
    expect((await db.send(new ScanCommand({ TableName }))).Count).toBe(0);
  });

  it("has a key of its own for every text, also for half of a surrogate pair", async () => {
    const texts = ["\ud800", "\udfff", "\ufffd", "😀"];
    for (const [n, pk] of texts.entries()) await put({ pk, sk: 1, n });
    for (const [n, pk] of texts.entries()) expect(await get({ pk, sk: 1 })).toMatchObject({ n });
  });

  it("that is deeper than 32 levels is rejected", async () => {
    let value: unknown = 1;
    for (let level = 0; level < 33; level += 1) value = [value];
    await expect(put({ ...Key, value })).rejects.toMatchObject(invalid("Nesting Levels"));
  });
});

describe("a condition", () => {
  beforeEach(() =>
    put({ ...Key, word: "hello", n: 5, cells: [1, { x: 2 }], tags: new Set(["a"]) }),
  );

  it.each([
    ["word = :v AND n > :n", { ":v": "hello", ":n": 4 }],
    ["NOT word = :v OR n BETWEEN :n AND :v2", { ":v": "hello", ":n": 5, ":v2": 6 }],
    ["begins_with(word, :v) AND contains(tags, :a)", { ":v": "he", ":a": "a" }],
    ["(word) = (:v) AND ((n) > :n OR (size(cells)) = :two)", { ":v": "hello", ":n": 9, ":two": 2 }],
    ["size(cells) = :n AND cells[1].x = :n", { ":n": 2 }],
    ["cells = :list", { ":list": [1, { x: 2 }] }],
    ["attribute_type(tags, :type) and n in (:n, :m)", { ":type": "SS", ":n": 1, ":m": 5 }],
    ["absent <> :v AND attribute_not_exists(absent)", { ":v": "x" }],
  ])("is met: %s", async (ConditionExpression, values) => {
    await update("SET seen = :seen", { ...values, ":seen": true }, { ConditionExpression });
    expect(await get()).toMatchObject({ seen: true });
  });

  it("that is not met changes nothing and reports the item when asked", async () => {
    const command = new PutCommand({
      TableName,
      Item: Key,
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    const error = await db.send(command).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: { word: { S: "hello" }, n: { N: "5" } } });
    expect(await get()).toMatchObject({ word: "hello" });
  });

  it.each([
    ["n = :n AND", 'Syntax error; token: "<EOF>"'],
    ["n ! :n", 'Syntax error; token: "!"'],
    ["((n = :n))", "redundant parentheses"],
    ["name = :n", "reserved keyword: name"],
    ["n = :n AND n = :other", "attribute value: :other"],
    ["#n = :n", "attribute name: #n"],
    ["n < :n AND n < :list", "Incorrect operand type"],
    ["exists(n) AND n = :n", "Invalid function name; function: exists"],
    ["n = n AND n = :n", "first operand must be distinct"],
    ["n = :n", "unused in expressions: keys: {:list}"],
    [`${"(".repeat(400)}n = :n${")".repeat(400)}`, "more than 300 operators"],
    [`n = :n AND ${"x".repeat(4_096)} = :n`, "Expression size has exceeded"],
  ])("that is invalid is rejected: %s", async (ConditionExpression, message) => {
    const values = { ":n": 5, ":list": [] };
    await expect(update("SET seen = :n", values, { ConditionExpression })).rejects.toMatchObject(
      invalid(message),
    );
  });
});

describe("an update", () => {
  beforeEach(() =>
    put({ ...Key, n: 5, cells: [0, 1, 2, 3], doc: { x: 1 }, tags: new Set(["a", "b"]) }),
  );

  it.each([
    ["SET n = n - :v, m = if_not_exists(m, :v) + :v", { ":v": 2 }, { n: 3, m: 4 }],
    ["SET n = :v, former = n", { ":v": 9 }, { n: 9, former: 5 }],
    ["SET cells = list_append(:v, cells)", { ":v": [9] }, { cells: [9, 0, 1, 2, 3] }],
    ["SET cells[1] = :v, cells[80] = :v", { ":v": 9 }, { cells: [0, 9, 2, 3, 9] }],
    ["REMOVE cells[0], cells[2]", undefined, { cells: [1, 3] }],
    ["SET doc.y = :v REMOVE doc.x", { ":v": 1 }, { doc: { y: 1 } }],
    ["ADD n :v, fresh :v", { ":v": 0.1 }, { n: 5.1, fresh: 0.1 }],
    ["ADD tags :v", { ":v": new Set(["b", "c"]) }, { tags: new Set(["a", "b", "c"]) }],
    ["DELETE tags :v", { ":v": new Set(["a"]) }, { tags: new Set(["b"]) }],
  ])("%s", async (expression, values, expected) => {
    expect(await update(expression, values)).toMatchObject(expected);
  });

  it("creates an item, and returns only the attributes that it is asked for", async () => {
    const fresh = { Key: { pk: "new", sk: 2 }, ReturnValues: "UPDATED_NEW" as const };
    expect(await update("ADD n :v", { ":v": 1 }, fresh)).toEqual({ n: 1 });
    expect(await get({ pk: "new", sk: 2 })).toEqual({ pk: "new", sk: 2, n: 1 });
    const old = { ReturnValues: "UPDATED_OLD" as const };
    expect(await update("SET doc.x = :v, n = :v", { ":v": 7 }, old)).toEqual({
      doc: { x: 1 },
      n: 5,
    });
  });

  it.each([
    ["SET pk = :v", { ":v": "x" }, "This attribute is part of the key"],
    ["SET n = :v, n = :v", { ":v": 1 }, "overlap"],
    ["SET doc.x = :v, doc[0] = :v", { ":v": 1 }, "conflict"],
    ["SET n = :v SET m = :v", { ":v": 1 }, 'The "SET" section can only be used once'],
    ["SET m = absent", undefined, "does not exist in the item"],
    ["SET absent.x = :v", { ":v": 1 }, "document path provided in the update expression"],
    ["SET n = doc + :v", { ":v": 1 }, "incorrect data type"],
    ["ADD cells :v", { ":v": 1 }, "incorrect data type"],
    ["SET n = :v", { ":v": 1, ":unused": 1 }, "unused in expressions"],
  ])("that is invalid is rejected: %s", async (expression, values, message) => {
    await expect(update(expression, values)).rejects.toMatchObject(invalid(message));
  });
});

describe("a query", () => {
  const at = (n: number) => new Uint8Array([n]);
  beforeEach(async () => {
    for (const sk of [-10, -1.5, 0, 2, 10]) {
      await put({ pk: "a", sk, owner: sk < 0 ? "ann" : "bob", name: `row ${sk}`, at: at(20 - sk) });
    }
    await put({ pk: "b", sk: 1, owner: "ann", secret: true });
  });
  const query = { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": "a" } };
  const keys = (items: Record<string, unknown>[] = []) => items.map(({ sk }) => sk);

  it("returns numbers in their order, page by page, in both directions", async () => {
    for (const ScanIndexForward of [true, false]) {
      const found: unknown[] = [];
      const input = { ...query, TableName, Limit: 2, ScanIndexForward };
      for await (const page of paginateQuery({ client: db }, input)) {
        expect(page.Items?.length).toBeLessThanOrEqual(2);
        found.push(...keys(page.Items));
      }
      const expected = [-10, -1.5, 0, 2, 10];
      expect(found).toEqual(ScanIndexForward ? expected : expected.reverse());
    }
  });

  it("counts the items before the filter, and the limit is one of them", async () => {
    const filter = { FilterExpression: "#owner = :owner", Limit: 3 };
    const answer = await db.send(
      new QueryCommand({
        ...query,
        ...filter,
        TableName,
        ExpressionAttributeNames: { "#owner": "owner" },
        ExpressionAttributeValues: { ":pk": "a", ":owner": "bob" },
      }),
    );
    expect(answer).toMatchObject({ Count: 1, ScannedCount: 3, LastEvaluatedKey: { sk: 0 } });
  });

  it("of an index has its order and its attributes", async () => {
    const byOwner = {
      TableName,
      IndexName: "byOwner",
      KeyConditionExpression: "#owner = :owner",
      ExpressionAttributeNames: { "#owner": "owner" },
      ExpressionAttributeValues: { ":owner": "ann" },
    };
    const { Items } = await db.send(new QueryCommand(byOwner));
    expect(Items).toEqual([
      { pk: "a", sk: -10, owner: "ann", name: "row -10" },
      { pk: "a", sk: -1.5, owner: "ann", name: "row -1.5" },
      { pk: "b", sk: 1, owner: "ann" },
    ]);
    const local = await db.send(
      new QueryCommand({ ...query, TableName, IndexName: "byTime", ConsistentRead: true }),
    );
    expect(keys(local.Items)).toEqual([10, 2, 0, -1.5, -10]);
    await expect(
      db.send(new QueryCommand({ ...byOwner, ConsistentRead: true })),
    ).rejects.toMatchObject(invalid("Consistent reads are not supported"));
  });

  it("stops at 1 MB", async () => {
    for (let sk = 0; sk < 4; sk += 1) await put({ pk: "big", sk, text: "x".repeat(400_000) });
    const input = { ...query, TableName, ExpressionAttributeValues: { ":pk": "big" } };
    const { Items, LastEvaluatedKey } = await db.send(new QueryCommand(input));
    expect([Items?.length, LastEvaluatedKey]).toEqual([3, { pk: "big", sk: 2 }]);
  });

  it.each([
    ["sk = :pk", {}, "Query condition missed key schema element: pk"],
    ["pk = :pk AND name = :pk", {}, "reserved keyword: name"],
    ["pk = :pk OR pk = :pk", {}, "Invalid operator used in KeyConditionExpression: OR"],
    ["pk = :pk AND sk = :pk", {}, "does not match schema type"],
    ["pk = :pk", { IndexName: "none" }, "does not have the specified index: none"],
    ["pk = :pk", { ExclusiveStartKey: { pk: "b", sk: 1 } }, "outside query boundaries"],
    ["pk = :pk", { FilterExpression: "sk = :pk" }, "non-primary key attributes"],
    ["pk = :pk", { Limit: 0 }, "Limit"],
    [
      "pk = :pk",
      { Select: "SPECIFIC_ATTRIBUTES" as const },
      "Must specify the ProjectionExpression",
    ],
  ])("that is invalid is rejected: %s %j", async (KeyConditionExpression, more, message) => {
    const input = { ...query, TableName, KeyConditionExpression, ...more };
    await expect(db.send(new QueryCommand(input))).rejects.toMatchObject(invalid(message));
  });

  it("and a scan can project and count; segments of a scan have every item once", async () => {
    const ProjectionExpression = "sk, #name";
    const names = { ExpressionAttributeNames: { "#name": "name" } };
    const one = { TableName, ProjectionExpression, Limit: 1, ...names };
    expect((await db.send(new ScanCommand(one))).Items).toEqual([{ sk: -10, name: "row -10" }]);
    const count = await db.send(new ScanCommand({ TableName, Select: "COUNT" }));
    expect([count.Count, count.Items]).toEqual([6, undefined]);
    const found: unknown[] = [];
    for (const Segment of [0, 1, 2]) {
      const input = { TableName, Segment, TotalSegments: 3, Limit: 1 };
      for await (const page of paginateScan({ client: db }, input)) found.push(...keys(page.Items));
    }
    expect(found.toSorted()).toEqual([-10, -1.5, 0, 1, 2, 10].toSorted());
  });
});

describe("several items", () => {
  it("are written, deleted and read in a batch", async () => {
    await put(Key);
    const requests = [
      { DeleteRequest: { Key } },
      { PutRequest: { Item: { pk: "b", sk: 1, n: 1 } } },
      { PutRequest: { Item: { pk: "b", sk: 2 } } },
    ];
    const { UnprocessedItems } = await db.send(
      new BatchWriteCommand({ RequestItems: { [TableName]: requests } }),
    );
    expect(UnprocessedItems).toEqual({});
    const Keys = [Key, { pk: "b", sk: 1 }, { pk: "b", sk: 2 }];
    const { Responses } = await db.send(
      new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ProjectionExpression: "sk" } } }),
    );
    expect(Responses).toEqual({ [TableName]: [{ sk: 1 }, { sk: 2 }] });
  });

  it("of a batch are all rejected when one is invalid, twice in it or too many", async () => {
    const write = (items: Record<string, unknown>[]) => {
      const requests = items.map((Item) => ({ PutRequest: { Item } }));
      return db.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
    };
    const many = Array.from({ length: 26 }, (_, sk) => ({ pk: "m", sk }));
    await expect(write(many)).rejects.toMatchObject(invalid("Too many items"));
    await expect(write([Key, Key])).rejects.toMatchObject(invalid("duplicates"));
    await expect(write([Key, { pk: "b", sk: 1, owner: 1 }])).rejects.toMatchObject(
      invalid("Type mismatch"),
    );
    expect(await get()).toBeUndefined();
  });

  it("of a transaction are written together or not at all", async () => {
    await put({ ...Key, n: 1 });
    const other = { pk: "b", sk: 1 };
    const transaction = (ConditionExpression: string) =>
      db.send(
        new TransactWriteCommand({
          TransactItems: [
            { Put: { TableName, Item: { ...other, text: "x" } } },
            {
              Update: {
                TableName,
                Key,
                UpdateExpression: "SET n = n + :one",
                ConditionExpression,
                ExpressionAttributeValues: { ":one": 1 },
                ReturnValuesOnConditionCheckFailure: "ALL_OLD",
              },
            },
            {
              ConditionCheck: {
                TableName,
                Key: { pk: "c", sk: 1 },
                ConditionExpression: "attribute_not_exists(pk)",
              },
            },
          ],
        }),
      );
    const error = await transaction("n = :one AND attribute_not_exists(n)").catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TransactionCanceledException);
    expect(error).toMatchObject({
      CancellationReasons: [
        { Code: "None" },
        { Code: "ConditionalCheckFailed", Item: { n: { N: "1" } } },
        { Code: "None" },
      ],
    });
    expect(await get(other)).toBeUndefined();
    await transaction("n = :one");
    const { Responses } = await db.send(
      new TransactGetCommand({
        TransactItems: [Key, other, { pk: "none", sk: 1 }].map((one) => ({
          Get: { TableName, Key: one },
        })),
      }),
    );
    expect(Responses?.map(({ Item }) => Item?.n ?? Item?.text)).toEqual([2, "x", undefined]);
  });

  it("of a transaction are written once, however often it is sent", async () => {
    const add = (by: number) =>
      db.send(
        new TransactWriteCommand({
          ClientRequestToken: "token",
          TransactItems: [
            {
              Update: {
                TableName,
                Key,
                UpdateExpression: "ADD n :by",
                ExpressionAttributeValues: { ":by": by },
              },
            },
          ],
        }),
      );
    await add(1);
    await add(1);
    expect(await get()).toMatchObject({ n: 1 });
    await expect(add(2)).rejects.toBeInstanceOf(IdempotentParameterMismatchException);
  });

  it("of a transaction are different items", async () => {
    const remove = { Delete: { TableName, Key } };
    await expect(
      db.send(new TransactWriteCommand({ TransactItems: [remove, remove] })),
    ).rejects.toMatchObject(invalid("multiple operations on one item"));
  });
});

describe("a table", () => {
  it("is described, listed and deleted", async () => {
    await put(Key);
    const { Table } = await db.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      ItemCount: 1,
      GlobalSecondaryIndexes: [{ IndexName: "byOwner", IndexStatus: "ACTIVE" }],
      LocalSecondaryIndexes: [{ IndexName: "byTime" }],
    });
    const { TableNames } = await db.send(new ListTablesCommand({ Limit: 1 }));
    expect(TableNames).toHaveLength(1);
    await db.send(new DeleteTableCommand({ TableName }));
    await expect(put(Key)).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(db.send(new DescribeTableCommand({ TableName }))).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
  });

  it("exists once, also when two requests create it at the same time", async () => {
    const create = new CreateTableCommand({
      TableName: `${TableName}-same`,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    });
    const results = await Promise.allSettled([db.send(create), db.send(create)]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(db.send(create)).rejects.toBeInstanceOf(ResourceInUseException);
  });

  it("has a time to live", async () => {
    const TimeToLiveSpecification = { AttributeName: "ends", Enabled: true };
    await db.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    const { TimeToLiveDescription } = await db.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "ends" });
    for (const ends of [99, 100, "text"]) await put({ pk: "a", sk: Number(ends) || 0, ends });
    // DynamoDB deletes expired rows within days.
    if (!("deleteExpired" in server)) return;
    expect(await server.deleteExpired(100)).toBe(1);
    expect((await db.send(new ScanCommand({ TableName }))).Count).toBe(2);
  });
});

describe("a request", () => {
  it.each([
    ["GetItem", { TableName: "x", Key: {}, Consistent: true }, "unknown parameter Consistent"],
    ["PutItem", { TableName: "x", Item: {}, Expected: {} }, "legacy parameter Expected"],
    ["GetItem", { TableName: "x" }, "Value at 'Key' failed to satisfy constraint"],
    ["GetItem", { TableName: 5, Key: {} }, "TableName"],
    ["PutItem", { TableName: "x", Item: { a: { S: 1 } } }, "attribute a is not a string"],
    ["PutItem", { TableName: "x", Item: { a: { S: "", N: "1" } } }, "more than one datatypes"],
    ["PutItem", { TableName: "x", Item: { a: { N: "0x1" } } }, "numeric value: 0x1"],
    ["PutItem", { TableName: "x", Item: { a: { B: "#" } } }, "not base64"],
    ["PutItem", { TableName: "x", Item: { a: { SS: [] } } }, "may not be empty"],
    ["CreateStream", {}, "CreateStream is not supported"],
    ["GetItem", "{", "not JSON"],
    ["GetItem", "[]", "validation error"],
  ])("that is invalid is rejected with 400: %s %j", async (operation, input, message) => {
    const answer = await call(operation, input);
    expect(answer).toMatchObject({ status: 400, message: expect.stringContaining(message) });
  });

  it("reports its capacity units when it asks for them", async () => {
    const text = "x".repeat(3_000);
    const ReturnConsumedCapacity = "TOTAL";
    const Item = { ...Key, text };
    const write = await db.send(new PutCommand({ TableName, Item, ReturnConsumedCapacity }));
    expect(write.ConsumedCapacity).toEqual({ TableName, CapacityUnits: 3 });
    const read = await db.send(new GetCommand({ TableName, Key, ReturnConsumedCapacity }));
    expect(read.ConsumedCapacity).toEqual({ TableName, CapacityUnits: 0.5 });
    const removed = await db.send(new DeleteCommand({ TableName, Key, ReturnValues: "ALL_OLD" }));
    expect(removed.Attributes).toEqual(Item);
  });
});
