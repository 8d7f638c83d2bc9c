import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import { globalTableNames as names } from "../constructs/globalTableNames.ts";
import { globalTableIndexes as indexes } from "../constructs/globalTables.ts";
import { pointInTimeDays } from "../sizes.ts";

interface StateProps extends StackProps {
  /** The other regions, which hold a replica of every table. */
  readonly otherRegions: readonly string[];
}

/** The resources that outlive everything else: the global tables and their replicas. */
export class State extends Stack {
  constructor(scope: Construct, id: string, { otherRegions, ...props }: StateProps) {
    super(scope, id, props);
    globalTable(this, "Accounts", {
      name: names.accounts,
      expires: true,
      index: { name: indexes.accounts, keys: ["username", "pk"] },
      otherRegions,
    });
    globalTable(this, "Devices", {
      name: names.devices,
      sorted: true,
      // Idempotency keys expire; devices do not.
      expires: true,
      index: { name: indexes.devices, keys: ["fleet", "nameKey"] },
      otherRegions,
    });
    globalTable(this, "Sessions", {
      name: names.sessions,
      sorted: true,
      // Recoveries expire; sessions do not.
      expires: true,
      otherRegions,
    });
    globalTable(this, "Integrations", { name: names.integrations, sorted: true, otherRegions });
    globalTable(this, "Ledger", {
      name: names.ledger,
      sorted: true,
      expires: true,
      otherRegions,
    });
    globalTable(this, "DeadLetters", {
      name: names.deadLetters,
      sorted: true,
      expires: true,
      otherRegions,
    });
  }
}

interface GlobalTable {
  readonly name: string;
  readonly sorted?: true;
  readonly expires?: true;
  /** A global secondary index. Rows without its attributes are not in it. */
  readonly index?: { readonly name: string; readonly keys: readonly [string, string] };
  readonly otherRegions: readonly string[];
}

/** A table with deletion protection and point-in-time recovery. */
const globalTable = (scope: Construct, id: string, options: GlobalTable): TableV2 => {
  const { name, sorted, expires, index, otherRegions } = options;
  return new TableV2(scope, id, {
    tableName: name,
    partitionKey: { name: "pk", type: AttributeType.STRING },
    sortKey: sorted && { name: "sk", type: AttributeType.STRING },
    timeToLiveAttribute: expires && "expiresAt",
    globalSecondaryIndexes: index && [
      {
        indexName: index.name,
        partitionKey: { name: index.keys[0], type: AttributeType.STRING },
        sortKey: { name: index.keys[1], type: AttributeType.STRING },
      },
    ],
    billing: Billing.onDemand(),
    encryption: TableEncryptionV2.dynamoOwnedKey(),
    removalPolicy: RemovalPolicy.RETAIN,
    deletionProtection: true,
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: true,
      recoveryPeriodInDays: pointInTimeDays,
    },
    // Replicas get the same protection; CDK sets it for each.
    replicas: otherRegions.map((region) => ({ region })),
  });
};
