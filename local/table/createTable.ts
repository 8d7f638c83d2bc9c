import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { AwsError, type AwsJsonClient } from "../http/awsJsonClient.ts";
import type { ExpiringTable } from "./expiry.ts";
import { assertTableShape, type TableShape, tableShape } from "./tableShape.ts";

/** A table as a template asks for it. */
export interface TableRequest {
  readonly name: string;
  readonly shape: TableShape;
  /** Where it has a replica, this region among them. */
  readonly regions: readonly string[];
  readonly expiring?: ExpiringTable;
}

/** Makes a table. Fails with a `StartError` when there is another one of this name. */
export const createTable = async (
  dynamo: AwsJsonClient,
  { name, shape }: TableRequest,
): Promise<void> => {
  const definition = { TableName: name, BillingMode: "PAY_PER_REQUEST", ...definitionOf(shape) };
  await createIfMissing(dynamo, definition);
  assertTableShape(name, await waitUntilActive(dynamo, name), shape);
};

/** An empty list of indexes is refused. */
const definitionOf = ({ GlobalSecondaryIndexes, ...shape }: TableShape) =>
  GlobalSecondaryIndexes.length === 0 ? shape : { ...shape, GlobalSecondaryIndexes };

/** Leaves a table of an earlier run as it is. */
const createIfMissing = async (dynamo: AwsJsonClient, definition: object): Promise<void> => {
  try {
    await dynamo.call("CreateTable", definition);
  } catch (error) {
    const exists = error instanceof AwsError && error.code === "ResourceInUseException";
    if (!exists) throw error;
  }
};

const described = z.object({ Table: tableShape.extend({ TableStatus: z.string() }) });

const asksMax = 100;
const askEveryMs = 10;

const waitUntilActive = async (dynamo: AwsJsonClient, name: string) => {
  for (let ask = 0; ask < asksMax; ask += 1) {
    const { Table } = described.parse(await dynamo.call("DescribeTable", { TableName: name }));
    if (Table.TableStatus === "ACTIVE") return Table;
    await wait(askEveryMs);
  }
  throw new Error(`the table ${name} does not become active`);
};
