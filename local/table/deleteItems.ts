import * as z from "zod";
import type { AwsJson } from "../awsJson.ts";

/** Which items of a table are to go, and what names each of them. */
export interface Doomed {
  readonly name: string;
  /** The attributes of its key. */
  readonly keys: readonly string[];
  /** Only those for which this is true; without it all. */
  readonly filter?: {
    readonly expression: string;
    readonly names: Readonly<Record<string, string>>;
    readonly values: object;
  };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchItemsMax = 25;
/** A page is this many items read, so that other requests get their turn in between. */
const pageItemsMax = 500;

const item = z.record(z.string(), z.unknown());

const page = z.object({ Items: z.array(item).default([]), LastEvaluatedKey: item.optional() });

type Item = z.output<typeof item>;

/** Deletes items, page by page. Returns how many there were. */
export const deleteItems = async (
  dynamo: AwsJson,
  { name, keys, filter }: Doomed,
): Promise<number> => {
  let deleted = 0;
  let from: Item | undefined;
  do {
    const scan = {
      TableName: name,
      Limit: pageItemsMax,
      ExclusiveStartKey: from,
      ProjectionExpression: keys.map((_, i) => `#key${i}`).join(),
      ExpressionAttributeNames: {
        ...filter?.names,
        ...Object.fromEntries(keys.map((key, i) => [`#key${i}`, key])),
      },
      ...(filter && {
        FilterExpression: filter.expression,
        ExpressionAttributeValues: filter.values,
      }),
    };
    const { Items, LastEvaluatedKey } = page.parse(await dynamo.call("Scan", scan));
    await deleteAll(dynamo, name, Items);
    deleted += Items.length;
    from = LastEvaluatedKey;
  } while (from !== undefined);
  return deleted;
};

const deleteAll = async (dynamo: AwsJson, name: string, keys: readonly Item[]): Promise<void> => {
  for (let i = 0; i < keys.length; i += batchItemsMax) {
    const requests = keys.slice(i, i + batchItemsMax).map((Key) => ({ DeleteRequest: { Key } }));
    await dynamo.call("BatchWriteItem", { RequestItems: { [name]: requests } });
  }
};
