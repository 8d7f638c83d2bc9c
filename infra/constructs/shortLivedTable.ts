import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, Billing, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";

interface Options {
  readonly tableName?: string;
  /** The names of the partition key and of the sort key. */
  readonly keys?: readonly [string, string?];
}

/**
 * A table of one region whose rows expire. They have no value after a day at most, so the table has
 * no deletion protection.
 */
export const shortLivedTable = (
  scope: Construct,
  id: string,
  { tableName, keys = ["pk"] }: Options = {},
): TableV2 => {
  const [partition, sort] = keys;
  return new TableV2(scope, id, {
    ...(tableName !== undefined && { tableName }),
    partitionKey: { name: partition, type: AttributeType.STRING },
    ...(sort !== undefined && { sortKey: { name: sort, type: AttributeType.STRING } }),
    timeToLiveAttribute: "expiresAt",
    billing: Billing.onDemand(),
    removalPolicy: RemovalPolicy.DESTROY,
  });
};
