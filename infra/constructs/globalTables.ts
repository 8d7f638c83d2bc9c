import { Stack } from "aws-cdk-lib";
import { type ITableV2, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { allow } from "./allow.ts";
import { globalTableNames } from "./globalTableNames.ts";

/** The names of the indexes of the global tables. */
export const globalTableIndexes = { accounts: "byUser", devices: "byFleet" } as const;

export type GlobalTables = Readonly<Record<keyof typeof globalTableNames, GlobalTable>>;

/** A global table as the functions of one region use it. */
export class GlobalTable {
  readonly tableName: string;
  readonly tableArn: string;
  /** All regions that hold a replica. */
  readonly regions: readonly string[];
  private readonly copy: ITableV2;
  /** The ARNs of other regions' replicas. */
  readonly elsewhere: readonly string[];

  constructor(copy: ITableV2, regions: readonly string[]) {
    const { region, partition, account } = Stack.of(copy);
    this.copy = copy;
    this.tableName = copy.tableName;
    this.tableArn = copy.tableArn;
    this.regions = regions;
    this.elsewhere = regions
      .filter((other) => other !== region)
      .map((other) => `arn:${partition}:dynamodb:${other}:${account}:table/${copy.tableName}`);
  }

  /** Grants actions on this region's replica, and reads on the replicas of other regions. */
  grant(worker: IFunction, ...actions: readonly string[]): void {
    this.copy.grant(worker, ...actions);
    this.allowElsewhere(worker, actions.filter(isRead));
  }

  /** Grants actions on all replicas: for rows that are written once. */
  grantAnywhere(worker: IFunction, ...actions: readonly string[]): void {
    this.copy.grant(worker, ...actions);
    this.allowElsewhere(worker, actions);
  }

  private allowElsewhere(worker: IFunction, actions: readonly string[]): void {
    if (actions.length > 0 && this.elsewhere.length > 0) allow(worker, actions, this.elsewhere);
  }
}

const isRead = (action: string): boolean =>
  ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"].includes(action);

/**
 * Lets a function add entries to the audit log, also in another region. No function may change or
 * remove one.
 */
export const allowRecording = (worker: IFunction, { audit }: GlobalTables): void =>
  audit.grantAnywhere(worker, "dynamodb:PutItem");

/** Lets a function query an index of every replica of a table. */
export const allowIndex = (worker: IFunction, table: GlobalTable, index: string): void => {
  const copies = [table.tableArn, ...table.elsewhere];
  allow(
    worker,
    ["dynamodb:Query"],
    copies.map((arn) => `${arn}/index/${index}`),
  );
};

/** This region's replicas of the global tables. */
export const globalTables = (scope: Construct, regions: readonly string[]): GlobalTables => {
  const copy = (id: string, name: string) =>
    new GlobalTable(TableV2.fromTableName(scope, id, name), regions);
  return {
    accounts: copy("Accounts", globalTableNames.accounts),
    devices: copy("Devices", globalTableNames.devices),
    integrations: copy("Integrations", globalTableNames.integrations),
    deadLetters: copy("DeadLetters", globalTableNames.deadLetters),
    sessions: copy("Sessions", globalTableNames.sessions),
    ledger: copy("Ledger", globalTableNames.ledger),
    operations: copy("Operations", globalTableNames.operations),
    audit: copy("Audit", globalTableNames.audit),
    firmware: copy("Firmware", globalTableNames.firmware),
  };
};
