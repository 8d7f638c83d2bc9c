import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { Failure } from "../failure.ts";
import { type Integration, integration as schema } from "../integration/integration.ts";
import type { Integrations } from "../ports.ts";
import { listenerKey, listeningRow } from "./listeners.ts";

/**
 * Settings are kept as JSON text: a template may nest deeper, and hold other numbers, than an attribute may.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const row = z.object({ settings: z.string() });

const read = (item: unknown): Integration => schema.parse(JSON.parse(row.parse(item).settings));

const integrationPrefix = "integration#";

const key = (fleet: string, id: string) => ({
  pk: `fleet#${fleet}`,
  sk: `${integrationPrefix}${id}`,
});

type Row = Record<string, unknown>;

const isIntegration = ({ sk }: Row): boolean =>
  typeof sk === "string" && sk.startsWith(integrationPrefix);

/** All rows of a fleet whose sort key begins with a prefix. */
const rowsOf = async (
  db: DynamoDBDocumentClient,
  table: string,
  { fleet, prefix }: { fleet: string; prefix: string },
): Promise<Row[]> => {
  const found: Row[] = [];
  let from: Row | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: `pk = :fleet${prefix && " AND begins_with(sk, :prefix)"}`,
        ExpressionAttributeValues: {
          ":fleet": `fleet#${fleet}`,
          ":prefix": prefix || undefined,
        },
        // Of this region's copy: a change that was confirmed here is seen here.
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    found.push(...Items);
    from = LastEvaluatedKey;
  } while (from !== undefined);
  return found;
};

/** Integrations in a DynamoDB global table, by fleet. A change reaches other regions within about a second. */
export const dynamoIntegrations = (db: DynamoDBDocumentClient, table: string): Integrations => ({
  async list(fleet) {
    return (await rowsOf(db, table, { fleet, prefix: integrationPrefix })).map(read);
  },

  async outlets(fleet) {
    const rows = await rowsOf(db, table, { fleet, prefix: "" });
    const sk = listenerKey(fleet, await db.config.region()).sk;
    const listener = rows.find((row) => row.sk === sk);
    return {
      integrations: rows.filter(isIntegration).map(read),
      listenedUntil: listener === undefined ? 0 : listeningRow.parse(listener).until,
    };
  },

  async find(fleet, id) {
    const { Item } = await db.send(
      new GetCommand({ TableName: table, Key: key(fleet, id), ConsistentRead: true }),
    );
    return Item && read(Item);
  },

  async add(integration) {
    const { fleet, id } = integration;
    await db.send(
      new PutCommand({
        TableName: table,
        Item: { ...key(fleet, id), settings: JSON.stringify(integration) },
      }),
    );
  },

  async replace(integration) {
    const { fleet, id } = integration;
    try {
      await db.send(
        new PutCommand({
          TableName: table,
          Item: { ...key(fleet, id), settings: JSON.stringify(integration) },
          ConditionExpression: "attribute_exists(pk)",
        }),
      );
    } catch (cause) {
      if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
      throw new Failure("Integration not found", { code: "not_found", cause });
    }
  },

  async remove(fleet, id) {
    const { Attributes } = await db.send(
      new DeleteCommand({ TableName: table, Key: key(fleet, id), ReturnValues: "ALL_OLD" }),
    );
    return Attributes !== undefined;
  },
});
