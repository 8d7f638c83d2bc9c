import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ConditionFailed,
  openTableClient,
  queryPages,
  type Tables,
} from "#shared/aws/call/tables.ts";
import { standardRetry } from "#shared/aws/platform/clients.ts";
import { startDynamo } from "../../../contracts/emulators.ts";

const { newTable } = await startDynamo();
const sdk = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});
const lean = openTableClient(standardRetry);

/** The same operations by the SDK. */
const bySdk: Omit<Tables, "region"> = {
  get: (input) => sdk.send(new GetCommand(input)) as never,
  put: (input) => sdk.send(new PutCommand(input)) as never,
  update: (input) => sdk.send(new UpdateCommand(input)) as never,
  delete: (input) => sdk.send(new DeleteCommand(input)) as never,
  query: (input) => sdk.send(new QueryCommand(input)) as never,
  scan: (input) => sdk.send(new ScanCommand(input)) as never,
  batchGet: (input) => sdk.send(new BatchGetCommand(input as never)) as never,
  batchWrite: (input) => sdk.send(new BatchWriteCommand(input as never)) as never,
};

type Call = (db: Omit<Tables, "region">, table: string) => Promise<unknown>;

/** The response without metadata, or the error. An error before a request has no common text. */
const outcomeOf = async (reply: Promise<unknown>): Promise<unknown> => {
  try {
    const {
      $metadata: _,
      ConsumedCapacity: __,
      ...rest
    } = ((await reply) ?? {}) as Record<string, unknown>;
    const Items = Array.isArray(rest.Items) && rest.Items.length > 0 ? rest.Items : undefined;
    return withoutUndefined({ ...rest, Items, ScannedCount: undefined });
  } catch (error) {
    if (!(error instanceof Error && "$metadata" in error)) return "refused before the request";
    const { httpStatusCode } = error.$metadata as { httpStatusCode: number };
    return { name: error.name, message: error.message, httpStatusCode };
  }
};

const withoutUndefined = (values: object) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** Two equal tables, one for each client. */
const pairOfTables = async () => {
  const [ours, theirs] = [await newTable("pk", "sk"), await newTable("pk", "sk")];
  const rename = (outcome: unknown): unknown => renameKeys(outcome, ours, theirs);
  return {
    /** Makes the same call by both clients and returns the outcome, which is the same. */
    async both(call: Call): Promise<unknown> {
      const expected = await outcomeOf(call(bySdk, theirs));
      expect(rename(await outcomeOf(call(lean, ours)))).toEqual(expected);
      return expected;
    },
  };
};

/** A batch's response has the table's name as a key. */
const renameKeys = (value: unknown, from: string, to: string): unknown =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
    ? Object.fromEntries(
        Object.entries(value).map(([key, member]) => [
          key === from ? to : key,
          renameKeys(member, from, to),
        ]),
      )
    : value;

class Lamp {
  readonly on = true;
}

const bytes = fc.uint8Array({ maxLength: 20 });
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(Number.NaN, 2 ** 53, -(2 ** 60), 1e21, 5e-324, -0),
);
const bigint = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
const scalar = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  number,
  bigint,
  fc.boolean(),
  fc.constantFrom(null, undefined, new Lamp(), new Date(0), () => 0, Symbol.iterator),
  bytes,
  bytes.map((some) => Buffer.from(some)),
  fc.array(fc.string({ maxLength: 5 })).map((some) => new Set(some)),
  fc.array(number).map((some) => new Set(some)),
  fc.array(bigint).map((some) => new Set(some)),
  fc.array(bytes, { maxLength: 3 }).map((some) => new Set(some)),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 3, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 4 }) },
    {
      weight: 1,
      arbitrary: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), tie("value"), {
        maxKeys: 4,
        noNullPrototype: false,
      }),
    },
    {
      weight: 1,
      arbitrary: fc
        .dictionary(fc.string({ maxLength: 3 }), tie("value"), { maxKeys: 3 })
        .map((some) => new Map(Object.entries(some))),
    },
  ),
}));

it("stores, returns and refuses the same values as the SDK", async () => {
  const { both } = await pairOfTables();
  const key = { pk: "a", sk: "b" };
  await fc.assert(
    fc.asyncProperty(value, async (some) => {
      await both((db, TableName) => db.put({ TableName, Item: { ...key, some } }));
      await both((db, TableName) => db.get({ TableName, Key: key, ConsistentRead: true }));
      await both((db, TableName) =>
        db.update({
          TableName,
          Key: key,
          UpdateExpression: "SET #other = :some",
          ExpressionAttributeNames: { "#other": "other" },
          ExpressionAttributeValues: { ":some": some },
          ReturnValues: "ALL_NEW",
        }),
      );
    }),
    { numRuns: 150 },
  );
});

const Item = (i: number) => ({ pk: "p", sk: `s${i}`, i, tags: new Set(["a", `t${i}`]) });

describe("every operation has the same response or error as with the SDK:", () => {
  it("conditional writes", async () => {
    const { both } = await pairOfTables();
    const absent = { ConditionExpression: "attribute_not_exists(pk)" } as const;
    const failed = await both(async (db, TableName) => {
      await db.put({ TableName, Item: Item(1), ...absent });
      await db.put({ TableName, Item: Item(1), ...absent });
    });
    expect(failed).toMatchObject({ name: "ConditionalCheckFailedException", httpStatusCode: 400 });
    const { pk, sk } = Item(1);
    const Key = { pk, sk };
    await both((db, TableName) =>
      db.update({
        TableName,
        Key,
        UpdateExpression: "ADD i :one",
        ConditionExpression: "i = :i",
        ExpressionAttributeValues: { ":one": 1, ":i": 1 },
        ReturnValues: "UPDATED_NEW",
      }),
    );
    await both((db, TableName) => db.delete({ TableName, Key, ReturnValues: "ALL_OLD" }));
    await both((db, TableName) => db.delete({ TableName, Key, ReturnValues: "ALL_OLD" }));
    await both((db, TableName) => db.get({ TableName, Key }));
  });

  it("queries and scans, page by page", async () => {
    const { both } = await pairOfTables();
    for (let i = 0; i < 9; i += 1) {
      await both((db, TableName) => db.put({ TableName, Item: Item(i) }));
    }
    const query = {
      KeyConditionExpression: "pk = :p AND begins_with(sk, :s)",
      FilterExpression: "i <> :i",
      ExpressionAttributeValues: { ":p": "p", ":s": "s", ":i": 3 },
      ScanIndexForward: false,
      Limit: 4,
    };
    const first = await both((db, TableName) => db.query({ TableName, ...query }));
    const { LastEvaluatedKey } = first as { LastEvaluatedKey: object };
    expect(LastEvaluatedKey).toEqual({ pk: "p", sk: "s5" });
    await both((db, TableName) =>
      db.query({ TableName, ...query, ExclusiveStartKey: LastEvaluatedKey }),
    );
    await both((db, TableName) => db.query({ TableName, ...query, Select: "COUNT" }));
    await both((db, TableName) =>
      db.scan({ TableName, Limit: 5, ProjectionExpression: "pk, i", ExclusiveStartKey: undefined }),
    );
  });

  it("batches", async () => {
    const { both } = await pairOfTables();
    await both((db, TableName) =>
      db.batchWrite({
        RequestItems: { [TableName]: [1, 2, 3].map((i) => ({ PutRequest: { Item: Item(i) } })) },
      }),
    );
    const Keys = [1, 2, 7].map((i) => ({ pk: "p", sk: `s${i}` }));
    await both((db, TableName) =>
      db.batchWrite({ RequestItems: { [TableName]: [{ DeleteRequest: { Key: Keys[1]! } }] } }),
    );
    await both((db, TableName) =>
      db.batchGet({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
    );
  });

  it("errors", async () => {
    const { both } = await pairOfTables();
    const names = [
      await both((db) => db.get({ TableName: "none", Key: { pk: "p", sk: "s" } })),
      await both((db, TableName) => db.get({ TableName, Key: { pk: "p" } })),
      await both((db, TableName) => db.put({ TableName, Item: {} })),
      await both((db, TableName) =>
        db.query({ TableName, KeyConditionExpression: "pk = ", ExpressionAttributeValues: {} }),
      ),
      await both((db) => db.batchWrite({ RequestItems: {} })),
    ].map((outcome) => (outcome as { name: string }).name);
    expect(names[0]).toBe("ResourceNotFoundException");
    expect(names.slice(1)).toEqual(Array(4).fill("ValidationException"));
  });
});

it("returns the item that did not meet a condition, if requested", async () => {
  const table = await newTable("pk", "sk");
  await lean.put({ TableName: table, Item: Item(1) });
  const put = (asked: object) =>
    lean
      .put({
        TableName: table,
        Item: Item(2),
        ConditionExpression: "attribute_exists(pk)",
        ...asked,
      })
      .catch((error: unknown) => error);
  const again = {
    Item: Item(1),
    ConditionExpression: "i = :i",
    ExpressionAttributeValues: { ":i": 2 },
  };
  const failed = await put({ ...again, ReturnValuesOnConditionCheckFailure: "ALL_OLD" });
  expect(failed).toBeInstanceOf(ConditionFailed);
  expect(failed).toMatchObject({ item: Item(1) });
  expect(await put(again)).toMatchObject({ item: undefined });
  expect(await put({})).toMatchObject({ item: undefined });
});

it("reads all pages of a query", async () => {
  const table = await newTable("pk", "sk");
  for (let i = 0; i < 5; i += 1) await lean.put({ TableName: table, Item: Item(i) });
  const found: unknown[] = [];
  const pages = queryPages(lean, {
    TableName: table,
    KeyConditionExpression: "pk = :p",
    ExpressionAttributeValues: { ":p": "p" },
    Limit: 2,
  });
  for await (const { Items } of pages) found.push(...Items.map(({ i }) => i));
  expect(found).toEqual([0, 1, 2, 3, 4]);
});
