import { Stack, type StackProps } from "aws-cdk-lib";
import {
  AttributeType,
  Billing,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import { globalTableNames as names } from "../constructs/globalTableNames.ts";
import { globalTableIndexes as indexes } from "../constructs/globalTables.ts";
import { protection } from "../constructs/protection.ts";
import { pointInTimeDays } from "../sizes.ts";

interface StateProps extends StackProps {
  readonly env: { readonly region: string };
  /** The other regions, which hold a replica of every table. */
  readonly otherRegions: readonly string[];
  /** The regions whose tables may be deleted. */
  readonly unprotectedRegions: readonly string[];
}

/**
 * The resources that outlive everything else: the global tables and their replicas. CloudFormation
 * adds or removes one replica of a table in an update, and requires a stream before the second one.
 */
export class State extends Stack {
  constructor(scope: Construct, id: string, props: StateProps) {
    super(scope, id, props);
    const replicas = {
      otherRegions: props.otherRegions,
      isUnprotected: (region: string) => props.unprotectedRegions.includes(region),
    };
    globalTable(this, "Accounts", {
      name: names.accounts,
      expires: true,
      index: { name: indexes.accounts, keys: ["username", "pk"] },
      replicas,
    });
    globalTable(this, "Devices", {
      name: names.devices,
      sorted: true,
      // Idempotency keys expire; devices do not.
      expires: true,
      index: { name: indexes.devices, keys: ["fleet", "nameKey"] },
      replicas,
    });
    globalTable(this, "Sessions", {
      name: names.sessions,
      sorted: true,
      // Recoveries expire; sessions do not.
      expires: true,
      replicas,
    });
    globalTable(this, "Integrations", { name: names.integrations, sorted: true, replicas });
    globalTable(this, "Ledger", {
      name: names.ledger,
      sorted: true,
      expires: true,
      replicas,
    });
    // Pages, incidents and their subscriptions: also readable while a region does not respond.
    globalTable(this, "Operations", {
      name: names.operations,
      sorted: true,
      expires: true,
      replicas,
    });
    // Who has changed what: functions only add rows.
    globalTable(this, "Audit", { name: names.audit, sorted: true, expires: true, replicas });
    // Firmware versions, keys, releases and what devices run.
    globalTable(this, "Firmware", { name: names.firmware, sorted: true, expires: true, replicas });
    globalTable(this, "DeadLetters", {
      name: names.deadLetters,
      sorted: true,
      expires: true,
      replicas,
    });
  }
}

interface GlobalTable {
  readonly name: string;
  readonly sorted?: true;
  readonly expires?: true;
  /** A global secondary index. Rows without its attributes are not in it. */
  readonly index?: { readonly name: string; readonly keys: readonly [string, string] };
  readonly replicas: Replicas;
}

interface Replicas {
  readonly otherRegions: readonly string[];
  readonly isUnprotected: (region: string) => boolean;
}

/** A table with deletion protection and point-in-time recovery. */
const globalTable = (scope: Construct, id: string, options: GlobalTable): TableV2 => {
  const { name, sorted, expires, index, replicas } = options;
  const { otherRegions, isUnprotected } = replicas;
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
    ...protection({ isUnprotected: isUnprotected(Stack.of(scope).region) }),
    // Replication needs it, and it costs nothing without replicas. CloudFormation cannot add it
    // together with the second replica.
    dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: true,
      recoveryPeriodInDays: pointInTimeDays,
    },
    // Replicas get the same point-in-time recovery; CDK sets it for each.
    replicas: otherRegions.map((region) => ({
      region,
      deletionProtection: !isUnprotected(region),
    })),
  });
};
