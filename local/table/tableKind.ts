import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { AwsError, type AwsJson } from "../awsJson.ts";
import { kind, type Place } from "../resource.ts";
import type { ExpiringTable } from "./expiry.ts";
import {
  attributeDefinitions,
  expectShape,
  keySchema,
  projection,
  type TableShape,
  tableShape,
} from "./tableShape.ts";

/** About backup, encryption, replication and throughput: read and not acted on. */
const unused = z.unknown().optional();

const globalIndex = z.strictObject({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: projection,
  WarmThroughput: unused,
  WriteOnDemandThroughputSettings: unused,
});

const properties = z.strictObject({
  TableName: z.string().optional(),
  AttributeDefinitions: attributeDefinitions,
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z.array(globalIndex).optional(),
  BillingMode: z.literal("PAY_PER_REQUEST"),
  TimeToLiveSpecification: z
    .strictObject({ AttributeName: z.string(), Enabled: z.boolean() })
    .optional(),
  Replicas: unused,
  SSESpecification: unused,
  StreamSpecification: unused,
  WarmThroughput: unused,
  WriteOnDemandThroughputSettings: unused,
});

/** `AWS::DynamoDB::GlobalTable`: one table, whatever its replicas. Tells `onExpiring` of each with a TTL. */
export const tableKind = (dynamo: AwsJson, onExpiring: (table: ExpiringTable) => void) =>
  kind({
    type: "AWS::DynamoDB::GlobalTable",
    properties,
    async make(given, place) {
      const { KeySchema, BillingMode, TimeToLiveSpecification } = given;
      const name = given.TableName ?? tableName(place);
      const shape = tableShape.parse(given);
      await createTable(dynamo, { TableName: name, BillingMode, ...definitionOf(shape) });
      expectShape(name, await waitUntilActive(dynamo, name), shape);
      if (TimeToLiveSpecification?.Enabled) {
        const keys = KeySchema.map(({ AttributeName }) => AttributeName);
        onExpiring({ name, attribute: TimeToLiveSpecification.AttributeName, keys });
      }
      const Arn = `arn:aws:dynamodb:${place.region}:${place.account}:table/${name}`;
      return { ref: name, attributes: { Arn, TableId: name } };
    },
  });

/** Dashes and letters only, so every logical id will do. */
const tableName = ({ stack, logicalId }: Place): string => `${stack}-${logicalId}`;

/** An empty list of indexes is refused. */
const definitionOf = ({ GlobalSecondaryIndexes, ...shape }: TableShape) =>
  GlobalSecondaryIndexes.length === 0 ? shape : { ...shape, GlobalSecondaryIndexes };

/** Leaves a table of an earlier run as it is. */
const createTable = async (dynamo: AwsJson, definition: object): Promise<void> => {
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

const waitUntilActive = async (dynamo: AwsJson, name: string) => {
  for (let ask = 0; ask < asksMax; ask += 1) {
    const { Table } = described.parse(await dynamo.call("DescribeTable", { TableName: name }));
    if (Table.TableStatus === "ACTIVE") return Table;
    await wait(askEveryMs);
  }
  throw new Error(`the table ${name} does not become active`);
};
