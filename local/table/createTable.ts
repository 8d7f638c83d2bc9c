import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { AwsError, type AwsJsonClient } from "../http/awsJsonClient.ts";
import type { ExpiringTable } from "./expiry.ts";
import { assertTableShape, type TableShape, tableShape } from "./tableShape.ts";

/** The definition of a table in a template. */
export interface TableRequest {
  readonly name: string;
  readonly shape: TableShape;
  /** The regions with a replica, including this one. */
  readonly regions: readonly string[];
  readonly expiring?: ExpiringTable;
}

/** Creates a table. Fails with a `StartError` when a different table of this name exists. */
export const createTable = async (
  dynamo: AwsJsonClient,
  { name, shape }: TableRequest,
): Promise<void> => {
  const definition = { TableName: name, BillingMode: "PAY_PER_REQUEST", ...definitionOf(shape) };
  await createIfMissing(dynamo, definition);
  assertTableShape(name, await waitUntilActive(dynamo, name), shape);
};

/** DynamoDB rejects an empty list of indexes. */
const definitionOf = ({ GlobalSecondaryIndexes, ...shape }: TableShape) =>
  GlobalSecondaryIndexes.length === 0 ? shape : { ...shape, GlobalSecondaryIndexes };

/** Keeps a table of an earlier start. */
const createIfMissing = async (dynamo: AwsJsonClient, definition: object): Promise<void> => {
  try {
    await dynamo.call("CreateTable", definition);
  } catch (error) {
    const exists = error instanceof AwsError && error.code === "ResourceInUseException";
    if (!exists) throw error;
  }
};

const described = z.object({ Table: tableShape.extend({ TableStatus: z.string() }) });

const pollsMax = 100;
const pollEveryMs = 10;

const waitUntilActive = async (dynamo: AwsJsonClient, name: string) => {
  for (let poll = 0; poll < pollsMax; poll += 1) {
    const { Table } = described.parse(await dynamo.call("DescribeTable", { TableName: name }));
    if (Table.TableStatus === "ACTIVE") return Table;
    await wait(pollEveryMs);
  }
  throw new Error(`the table ${name} does not become active`);
};
