import type { AwsJson } from "../awsJson.ts";
import { deleteItems } from "./deleteItems.ts";

/** A table whose items say when they have expired, in seconds since 1970. */
export interface ExpiringTable {
  readonly name: string;
  readonly attribute: string;
  readonly keys: readonly string[];
}

/**
 * Deletes the items of a table that have expired by `nowSeconds`, as DynamoDB does in the background
 * and dynalite does not. Returns how many there were.
 */
export const deleteExpired = (
  dynamo: AwsJson,
  { name, attribute, keys }: ExpiringTable,
  nowSeconds: number,
): Promise<number> =>
  deleteItems(dynamo, {
    name,
    keys,
    filter: {
      expression: "#expires < :now",
      names: { "#expires": attribute },
      values: { ":now": { N: String(nowSeconds) } },
    },
  });
