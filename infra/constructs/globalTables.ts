import { type ITableV2, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { allow } from "./allow.ts";

/**
 * The names of the global tables. They are made once, by the stack of the first region, and every region's
 * functions know them by these names; so a name, once deployed, does not change.
 */
export const globalTableNames = {
  accounts: "godwit-accounts",
  devices: "godwit-devices",
  integrations: "godwit-integrations",
  deadLetters: "godwit-dead-letters",
  sessions: "godwit-sessions",
  ledger: "godwit-ledger",
} as const;

/** Their indexes, as the adapters name them. */
export const globalTableIndexes = { accounts: "byUser", devices: "byFleet" } as const;

export type GlobalTables = Readonly<Record<keyof typeof globalTableNames, ITableV2>>;

/** Lets a function query the index of a table. */
export const allowIndex = (worker: IFunction, table: ITableV2, index: string): void =>
  allow(worker, ["dynamodb:Query"], [`${table.tableArn}/index/${index}`]);

/** This region's copies of the global tables. */
export const globalTables = (scope: Construct): GlobalTables => {
  const copy = (id: string, name: string) => TableV2.fromTableName(scope, id, name);
  return {
    accounts: copy("Accounts", globalTableNames.accounts),
    devices: copy("Devices", globalTableNames.devices),
    integrations: copy("Integrations", globalTableNames.integrations),
    deadLetters: copy("DeadLetters", globalTableNames.deadLetters),
    sessions: copy("Sessions", globalTableNames.sessions),
    ledger: copy("Ledger", globalTableNames.ledger),
  };
};
