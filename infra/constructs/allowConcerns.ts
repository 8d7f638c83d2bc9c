import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { allowIndex, type GlobalTables, globalTableIndexes } from "./globalTables.ts";

/** Lets a function count the deliveries and the devices of a fleet in a time span. */
export const allowConcerns = (worker: IFunction, tables: GlobalTables): void => {
  tables.integrations.grant(worker, "dynamodb:Query");
  tables.ledger.grant(worker, "dynamodb:Query");
  allowIndex(worker, tables.devices, globalTableIndexes.devices);
  tables.sessions.grant(worker, "dynamodb:BatchGetItem");
};
