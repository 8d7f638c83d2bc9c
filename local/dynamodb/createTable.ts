import * as z from "zod";
import { AwsError, type AwsJsonClient } from "../http/awsJsonClient.ts";
import { assertTableShape, type TableShape, tableShape } from "./tableShape.ts";

/** The definition of a table in a template. */
export interface TableRequest {
  readonly name: string;
  readonly shape: TableShape;
  /** The regions with a replica, including this one. */
  readonly regions: readonly string[];
  /** The attribute with the time to live, in seconds since 1970. */
  readonly timeToLive?: string;
}

type Client = Pick<AwsJsonClient, "call">;

/** Creates a table. Fails with a `StartError` when a different table of this name exists. */
export const createTable = async (
  dynamo: Client,
  { name, shape, timeToLive }: TableRequest,
): Promise<void> => {
  const definition = { TableName: name, BillingMode: "PAY_PER_REQUEST", ...definitionOf(shape) };
  await createIfMissing(dynamo, definition);
  const { Table } = described.parse(await dynamo.call("DescribeTable", { TableName: name }));
  assertTableShape(name, Table, shape);
  await setTimeToLive(dynamo, name, timeToLive);
};

/** DynamoDB rejects an empty list of indexes. */
const definitionOf = ({ GlobalSecondaryIndexes, ...shape }: TableShape) =>
  GlobalSecondaryIndexes.length === 0 ? shape : { ...shape, GlobalSecondaryIndexes };

/** Keeps a table of an earlier start. */
const createIfMissing = async (dynamo: Client, definition: object): Promise<void> => {
  try {
    await dynamo.call("CreateTable", definition);
  } catch (error) {
    const exists = error instanceof AwsError && error.code === "ResourceInUseException";
    if (!exists) throw error;
  }
};

const described = z.object({ Table: tableShape });

const describedTimeToLive = z.object({
  TimeToLiveDescription: z.object({ AttributeName: z.string().optional() }),
});

/** Sets the attribute with the time to live; `undefined` ends it. */
const setTimeToLive = async (
  dynamo: Client,
  TableName: string,
  attribute: string | undefined,
): Promise<void> => {
  const { TimeToLiveDescription: before } = describedTimeToLive.parse(
    await dynamo.call("DescribeTimeToLive", { TableName }),
  );
  if (before.AttributeName === attribute) return;
  const set = async (AttributeName: string, Enabled: boolean) =>
    await dynamo.call("UpdateTimeToLive", {
      TableName,
      TimeToLiveSpecification: { AttributeName, Enabled },
    });
  if (before.AttributeName !== undefined) await set(before.AttributeName, false);
  if (attribute !== undefined) await set(attribute, true);
};
