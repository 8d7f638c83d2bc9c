import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { ProductName, ProductNames, ProductRows } from "../../account/productRows.ts";
import { Failure } from "../../platform/failure.ts";
import { conditionHolds } from "../platform/conditionHolds.ts";

const productKey = (id: number) => ({ pk: `product#${id}` });

/** Products in the global table of accounts. */
export const dynamoProductRows = (db: DynamoDBDocumentClient, table: string): ProductRows => ({
  async change(id, change, { name }) {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const update = new UpdateCommand({
      TableName: table,
      Key: productKey(id),
      UpdateExpression: `SET ${given.map((_, i) => `#${i} = :${i}`).join(", ")}`,
      ConditionExpression: "#name = :before AND attribute_not_exists(removal)",
      ExpressionAttributeNames: {
        "#name": "name",
        ...Object.fromEntries(given.map(([member], i) => [`#${i}`, member])),
      },
      ExpressionAttributeValues: {
        ":before": name,
        ...Object.fromEntries(given.map(([, value], i) => [`:${i}`, value])),
      },
    });
    return given.length === 0 || conditionHolds(db.send(update));
  },

  async beginRemoval(id, removal) {
    const update = new UpdateCommand({
      TableName: table,
      Key: productKey(id),
      UpdateExpression: "SET removal = if_not_exists(removal, :removal)",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":removal": removal },
    });
    if (await conditionHolds(db.send(update))) return;
    throw new Failure("Product not found", { code: "not_found" });
  },

  async endRemoval(id, expiresAt) {
    const update = new UpdateCommand({
      TableName: table,
      Key: productKey(id),
      // Without `username` it is not in the index.
      UpdateExpression: "SET removal.done = :true, expiresAt = :expires REMOVE username",
      ConditionExpression: "attribute_exists(removal)",
      ExpressionAttributeValues: { ":true": true, ":expires": Math.ceil(expiresAt / 1_000) },
    });
    await conditionHolds(db.send(update));
  },
});

const nameKey = ({ ownerFleet, key }: Pick<ProductName, "ownerFleet" | "key">) => ({
  pk: `productname#${ownerFleet}#${key}`,
});

const nameRow = z.object({
  ownerFleet: z.string(),
  key: z.string(),
  product: z.number(),
  at: z.number(),
});

/** Names of products in the same table. */
export const dynamoProductNames = (db: DynamoDBDocumentClient, table: string): ProductNames => ({
  async take(name, instead) {
    const put = new PutCommand({
      TableName: table,
      Item: { ...nameKey(name), ...name },
      ConditionExpression: instead
        ? "product = :instead AND #at = :at"
        : "attribute_not_exists(pk) OR product = :product",
      ...(instead && { ExpressionAttributeNames: { "#at": "at" } }),
      ExpressionAttributeValues: instead
        ? { ":instead": instead.product, ":at": instead.at }
        : { ":product": name.product },
    });
    if (await conditionHolds(db.send(put))) return undefined;
    const get = new GetCommand({ TableName: table, Key: nameKey(name), ConsistentRead: true });
    const { Item } = await db.send(get);
    // It was given back in between: whoever had it is gone, and the request may be repeated.
    return Item ? nameRow.parse(Item) : { ...name, product: 0 };
  },

  async giveBack({ product, ...name }) {
    const remove = new DeleteCommand({
      TableName: table,
      Key: nameKey(name),
      ConditionExpression: "product = :product",
      ExpressionAttributeValues: { ":product": product },
    });
    await conditionHolds(db.send(remove));
  },
});
