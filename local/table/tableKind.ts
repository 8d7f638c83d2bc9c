import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { AwsError, type AwsJson } from "../awsJson.ts";
import { kind, type Place } from "../resource.ts";
import type { ExpiringTable } from "./expiry.ts";

const keySchema = z.array(
  z.strictObject({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }),
);

/** About backup, encryption, replication and throughput: read and not acted on. */
const unused = z.unknown().optional();

/** No secondary index: none is needed so far, and to add one later to a full table is a task of its own. */
const properties = z.strictObject({
  TableName: z.string().optional(),
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) }),
  ),
  KeySchema: keySchema,
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
      const { AttributeDefinitions, KeySchema, BillingMode, TimeToLiveSpecification } = given;
      const name = given.TableName ?? tableName(place);
      const definition = { TableName: name, AttributeDefinitions, KeySchema, BillingMode };
      await createTable(dynamo, definition);
      const table = await waitUntilActive(dynamo, name);
      if (!isDeepStrictEqual(table.KeySchema, KeySchema)) {
        throw new Error(`the table ${name} of an earlier version has another key`);
      }
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

/** Leaves a table of an earlier run as it is. */
const createTable = async (dynamo: AwsJson, definition: object): Promise<void> => {
  try {
    await dynamo.call("CreateTable", definition);
  } catch (error) {
    const exists = error instanceof AwsError && error.code === "ResourceInUseException";
    if (!exists) throw error;
  }
};

const described = z.object({ Table: z.object({ TableStatus: z.string(), KeySchema: keySchema }) });

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
