import * as z from "zod";
import { type ResourceContext, resourceProvider } from "../template/resourceProvider.ts";
import type { TableRequest } from "./createTable.ts";
import { attributeDefinitions, keySchema, projection } from "./store/tableDefinition.ts";
import { tableShape } from "./tableShape.ts";

/** Properties about backup, encryption and throughput: accepted and ignored. */
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
  // Properties of a replica besides its region are ignored.
  Replicas: z.array(z.looseObject({ Region: z.string() })).min(1),
  SSESpecification: unused,
  StreamSpecification: unused,
  WarmThroughput: unused,
  WriteOnDemandThroughputSettings: unused,
});

interface TableMaker {
  create(table: TableRequest): Promise<void>;
}

/**
 * `AWS::DynamoDB::GlobalTable`: a table in each of its regions that runs here. `tablesIn` returns
 * their tables.
 */
export const tableProvider = (tablesIn: (region: string) => TableMaker | undefined) =>
  resourceProvider({
    type: "AWS::DynamoDB::GlobalTable",
    properties,
    async create(given, place) {
      const { Replicas, TimeToLiveSpecification: expiry } = given;
      const name = given.TableName ?? tableName(place);
      const regions = Replicas.map(({ Region }) => Region);
      const table = {
        name,
        shape: tableShape.parse(given),
        regions,
        ...(expiry?.Enabled && { timeToLive: expiry.AttributeName }),
      };
      for (const region of regions) await tablesIn(region)?.create(table);
      const Arn = `arn:aws:dynamodb:${place.region}:${place.account}:table/${name}`;
      return { ref: name, attributes: { Arn, TableId: name } };
    },
  });

/** Every logical id is valid in a table name. */
const tableName = ({ stack, logicalId }: ResourceContext): string => `${stack}-${logicalId}`;
