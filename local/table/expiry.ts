import * as z from "zod";
import type { AwsJsonClient } from "../http/awsJsonClient.ts";

/** A table with a time-to-live attribute, in seconds since 1970. */
export interface ExpiringTable {
  readonly name: string;
  readonly attribute: string;
  readonly keys: readonly string[];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchItemsMax = 25;
/** Items per page, so that other requests run in between. */
const pageItemsMax = 500;

const item = z.record(z.string(), z.unknown());

const page = z.object({ Items: z.array(item).default([]), LastEvaluatedKey: item.optional() });

type Item = z.output<typeof item>;

/**
 * Deletes the items of a table that expired by `nowSeconds`, as DynamoDB does in the background and
 * dynalite does not. Returns the number of items.
 */
export const deleteExpired = async (
  dynamo: AwsJsonClient,
  { name, attribute, keys }: ExpiringTable,
  nowSeconds: number,
): Promise<number> => {
  let deleted = 0;
  let from: Item | undefined;
  do {
    const scan = {
      TableName: name,
      Limit: pageItemsMax,
      ExclusiveStartKey: from,
      FilterExpression: "#expires < :now",
      ProjectionExpression: keys.map((_, i) => `#key${i}`).join(),
      ExpressionAttributeNames: {
        "#expires": attribute,
        ...Object.fromEntries(keys.map((key, i) => [`#key${i}`, key])),
      },
      ExpressionAttributeValues: { ":now": { N: String(nowSeconds) } },
    };
    const { Items, LastEvaluatedKey } = page.parse(await dynamo.call("Scan", scan));
    await deleteAll(dynamo, name, Items);
    deleted += Items.length;
    from = LastEvaluatedKey;
  } while (from !== undefined);
  return deleted;
};

const deleteAll = async (
  dynamo: AwsJsonClient,
  name: string,
  keys: readonly Item[],
): Promise<void> => {
  for (let i = 0; i < keys.length; i += batchItemsMax) {
    const requests = keys.slice(i, i + batchItemsMax).map((Key) => ({ DeleteRequest: { Key } }));
    await dynamo.call("BatchWriteItem", { RequestItems: { [name]: requests } });
  }
};
