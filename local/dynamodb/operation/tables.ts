import { randomUUID } from "node:crypto";
import * as z from "zod";
import { DynamoError, invalidValue, validationError } from "../dynamoError.ts";
import { globalIndexesMax, listTablesMax, localIndexesMax, tablesMax } from "../limits.ts";
import {
  attributeDefinitions,
  type KeySchema,
  keySchema,
  projection,
  type TableDefinition,
} from "../store/tableDefinition.ts";
import { tableName } from "./input.ts";
import { type Engine, operation } from "./operation.ts";

const account = "000000000000";

const throughput = z
  .strictObject({ ReadCapacityUnits: z.int().min(1), WriteCapacityUnits: z.int().min(1) })
  .optional();

/** Accepted and ignored: it does not change what a table does on one machine. */
const ignored = z.unknown().optional();

const index = z.strictObject({
  IndexName: z.string().regex(/^[\w.-]{3,255}$/),
  KeySchema: keySchema,
  Projection: projection,
});

const globalIndex = index.extend({
  ProvisionedThroughput: throughput,
  OnDemandThroughput: ignored,
  WarmThroughput: ignored,
});

const createInput = z.strictObject({
  TableName: z
    .string()
    .regex(
      /^[\w.-]{3,255}$/,
      "Member must have a length of 3 to 255 and contain only letters, digits and _ . -",
    ),
  AttributeDefinitions: attributeDefinitions,
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z.array(globalIndex).min(1).max(globalIndexesMax).optional(),
  LocalSecondaryIndexes: z.array(index).min(1).max(localIndexesMax).optional(),
  BillingMode: z.enum(["PAY_PER_REQUEST", "PROVISIONED"]).optional(),
  DeletionProtectionEnabled: z.boolean().default(false),
  ProvisionedThroughput: throughput,
  OnDemandThroughput: ignored,
  WarmThroughput: ignored,
  SSESpecification: ignored,
  TableClass: ignored,
  Tags: ignored,
});

export const createTable = operation({
  isWrite: true,
  input: createInput,
  async run(engine, input) {
    const { tables } = engine;
    const definition = definitionOf(input);
    assertKeys(definition);
    if (tables.isUsed(input.TableName)) {
      throw new DynamoError("ResourceInUseException", `Table already exists: ${input.TableName}`);
    }
    if (tables.names().length >= tablesMax) {
      throw new DynamoError("LimitExceededException", `there are already ${tablesMax} tables`);
    }
    const table = await tables.create(definition);
    return { TableDescription: describe(engine, table.definition) };
  },
});

const definitionOf = (input: z.output<typeof createInput>): TableDefinition => {
  const { GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = input;
  const stored = (isGlobal: boolean) => (one: z.output<typeof index>) => {
    const { IndexName, KeySchema, Projection } = one;
    return { IndexName, KeySchema, Projection, isGlobal };
  };
  return {
    TableName: input.TableName,
    TableId: randomUUID(),
    CreationDateTime: Date.now() / 1_000,
    AttributeDefinitions: input.AttributeDefinitions,
    KeySchema: input.KeySchema,
    indexes: [
      ...GlobalSecondaryIndexes.map(stored(true)),
      ...LocalSecondaryIndexes.map(stored(false)),
    ],
    DeletionProtectionEnabled: input.DeletionProtectionEnabled,
  };
};

/** Checks that the keys and the attribute definitions belong together. */
const assertKeys = ({ KeySchema, AttributeDefinitions, indexes }: TableDefinition): void => {
  const defined = AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  if (new Set(defined).size < defined.length) {
    throw invalidValue("AttributeDefinitions contains the same attribute twice");
  }
  const used = new Set<string>();
  for (const schema of [KeySchema, ...indexes.map((one) => one.KeySchema)]) {
    assertKeySchema(schema);
    for (const { AttributeName } of schema) {
      used.add(AttributeName);
      if (!defined.includes(AttributeName)) {
        throw invalidValue(
          `Some index key attributes are not defined in AttributeDefinitions. Keys: [${AttributeName}], AttributeDefinitions: [${defined.join(", ")}]`,
        );
      }
    }
  }
  const unused = defined.find((name) => !used.has(name));
  if (unused !== undefined) {
    throw invalidValue(
      `Some AttributeDefinitions are not used. AttributeDefinitions: [${defined.join(", ")}], keys used: [${[...used].join(", ")}]`,
    );
  }
  const names = indexes.map(({ IndexName }) => IndexName);
  if (new Set(names).size < names.length) throw invalidValue("two indexes have the same name");
  for (const { isGlobal, KeySchema: schema } of indexes) {
    const isLocal = schema.length === 2 && schema[0]?.AttributeName === KeySchema[0]?.AttributeName;
    if (!isGlobal && !(isLocal && KeySchema.length === 2)) {
      throw invalidValue(
        "a local secondary index has the partition key of its table, which has a sort key, and a sort key",
      );
    }
  }
};

const assertKeySchema = (schema: KeySchema): void => {
  const [first, second] = schema;
  if (first?.KeyType !== "HASH" || (second !== undefined && second.KeyType !== "RANGE")) {
    throw invalidValue("a key schema is a HASH key, and a RANGE key if there are two");
  }
  if (first.AttributeName === second?.AttributeName) {
    throw invalidValue(
      "Both the Hash Key and the Range Key element in the KeySchema have the same name",
    );
  }
};

const describe = (
  { region, tables }: Engine,
  definition: TableDefinition,
  TableStatus = "ACTIVE",
): object => {
  const { indexes, timeToLive, ...described } = definition;
  const TableArn = `arn:aws:dynamodb:${region}:${account}:table/${definition.TableName}`;
  const of = (isGlobal: boolean) =>
    indexes
      .filter((one) => one.isGlobal === isGlobal)
      .map(({ isGlobal: _, ...one }) => ({
        ...one,
        IndexArn: `${TableArn}/index/${one.IndexName}`,
        ...(isGlobal && { IndexStatus: TableStatus }),
      }));
  const [GlobalSecondaryIndexes, LocalSecondaryIndexes] = [of(true), of(false)];
  return {
    ...described,
    TableStatus,
    TableArn,
    BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    ItemCount: tables.find(definition.TableName)?.rows.count() ?? 0,
    ...(GlobalSecondaryIndexes.length > 0 && { GlobalSecondaryIndexes }),
    ...(LocalSecondaryIndexes.length > 0 && { LocalSecondaryIndexes }),
  };
};

const named = z.strictObject({ TableName: tableName });

export const describeTable = operation({
  input: named,
  run(engine, { TableName }) {
    const table = engine.tables.find(TableName);
    if (table === undefined) throw notFound(TableName);
    return { Table: describe(engine, table.definition) };
  },
});

const notFound = (name: string) =>
  new DynamoError(
    "ResourceNotFoundException",
    `Requested resource not found: Table: ${name} not found`,
  );

export const deleteTable = operation({
  isWrite: true,
  input: named,
  run(engine, { TableName }) {
    const table = engine.tables.find(TableName);
    if (table === undefined) throw notFound(TableName);
    if (table.definition.DeletionProtectionEnabled) {
      throw validationError(
        `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first: ${TableName}`,
      );
    }
    const TableDescription = describe(engine, table.definition, "DELETING");
    engine.tables.delete(table);
    return { TableDescription };
  },
});

/** Changes of keys and indexes are not supported. */
export const updateTable = operation({
  isWrite: true,
  input: z.strictObject({
    TableName: tableName,
    BillingMode: z.enum(["PAY_PER_REQUEST", "PROVISIONED"]).optional(),
    DeletionProtectionEnabled: z.boolean().optional(),
    ProvisionedThroughput: throughput,
    OnDemandThroughput: ignored,
    WarmThroughput: ignored,
    SSESpecification: ignored,
    TableClass: ignored,
  }),
  run(engine, { TableName, DeletionProtectionEnabled }) {
    const table = engine.tables.find(TableName);
    if (table === undefined) throw notFound(TableName);
    const isProtected = DeletionProtectionEnabled ?? table.definition.DeletionProtectionEnabled;
    const definition = { ...table.definition, DeletionProtectionEnabled: isProtected };
    engine.tables.change(table, definition);
    return { TableDescription: describe(engine, definition) };
  },
});

export const listTables = operation({
  input: z.strictObject({
    ExclusiveStartTableName: tableName.optional(),
    Limit: z.int().min(1).max(listTablesMax).default(listTablesMax),
  }),
  run({ tables }, { ExclusiveStartTableName: after = "", Limit }) {
    const later = tables.names().filter((name) => name > after);
    const TableNames = later.slice(0, Limit);
    return {
      TableNames,
      ...(later.length > Limit && { LastEvaluatedTableName: TableNames.at(-1) }),
    };
  },
});

export const updateTimeToLive = operation({
  isWrite: true,
  input: z.strictObject({
    TableName: tableName,
    TimeToLiveSpecification: z.strictObject({
      AttributeName: z.string().min(1).max(255),
      Enabled: z.boolean(),
    }),
  }),
  run({ tables }, { TableName, TimeToLiveSpecification }) {
    const table = tables.find(TableName);
    if (table === undefined) throw notFound(TableName);
    const { timeToLive, ...definition } = table.definition;
    const { AttributeName, Enabled } = TimeToLiveSpecification;
    if (Enabled === (timeToLive !== undefined)) {
      throw validationError(`TimeToLive is already ${Enabled ? "enabled" : "disabled"}`);
    }
    tables.change(table, { ...definition, ...(Enabled && { timeToLive: AttributeName }) });
    return { TimeToLiveSpecification };
  },
});

export const describeTimeToLive = operation({
  input: named,
  run({ tables }, { TableName }) {
    const table = tables.find(TableName);
    if (table === undefined) throw notFound(TableName);
    const { timeToLive } = table.definition;
    const TimeToLiveDescription =
      timeToLive === undefined
        ? { TimeToLiveStatus: "DISABLED" }
        : { TimeToLiveStatus: "ENABLED", AttributeName: timeToLive };
    return { TimeToLiveDescription };
  },
});
