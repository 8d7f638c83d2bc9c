import { type ITableV2, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";

/**
 * The names of the global tables. They are made once, by the stack of the first region, and every region's
 * functions know them by these names; so a name, once deployed, does not change.
 */
export const globalTableNames = {
  accounts: "godwit-accounts",
  devices: "godwit-devices",
  integrations: "godwit-integrations",
  deadLetters: "godwit-dead-letters",
} as const;

export type GlobalTables = Readonly<Record<keyof typeof globalTableNames, ITableV2>>;

/** This region's copies of the global tables. */
export const globalTables = (scope: Construct): GlobalTables => {
  const copy = (id: string, name: string) => TableV2.fromTableName(scope, id, name);
  return {
    accounts: copy("Accounts", globalTableNames.accounts),
    devices: copy("Devices", globalTableNames.devices),
    integrations: copy("Integrations", globalTableNames.integrations),
    deadLetters: copy("DeadLetters", globalTableNames.deadLetters),
  };
};
