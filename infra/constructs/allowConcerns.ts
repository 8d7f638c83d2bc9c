import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { allowIndex, type GlobalTables, globalTableIndexes } from "./globalTables.ts";

/** The environment of a function that counts the deliveries and the devices of a fleet. */
export const concernTables = ({ integrations, ledger, devices, sessions }: GlobalTables) => ({
  INTEGRATIONS_TABLE: integrations.tableName,
  LEDGER_TABLE: ledger.tableName,
  DEVICES_TABLE: devices.tableName,
  SESSIONS_TABLE: sessions.tableName,
});

/** Lets a function count the deliveries and the devices of a fleet in a time span. */
export const allowConcerns = (worker: IFunction, tables: GlobalTables): void => {
  tables.integrations.grant(worker, "dynamodb:Query");
  tables.ledger.grant(worker, "dynamodb:Query");
  allowIndex(worker, tables.devices, globalTableIndexes.devices);
  tables.sessions.grant(worker, "dynamodb:BatchGetItem");
};
