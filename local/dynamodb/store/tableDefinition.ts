import * as z from "zod";
import type { KeyAttribute, KeyShape } from "../value/keys.ts";

/** The key of a table or of an index. */
export const keySchema = z
  .array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }))
  .min(1)
  .max(2);

export type KeySchema = z.output<typeof keySchema>;

export const attributeDefinitions = z.array(
  z.strictObject({ AttributeName: z.string().min(1), AttributeType: z.enum(["S", "N", "B"]) }),
);

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html */
export const projection = z.union([
  z.strictObject({ ProjectionType: z.enum(["ALL", "KEYS_ONLY"]) }),
  z.strictObject({
    ProjectionType: z.literal("INCLUDE"),
    NonKeyAttributes: z.array(z.string()).min(1),
  }),
]);

/** An index as it is stored. The position in the list of indexes is that of its columns. */
const storedIndex = z.object({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: projection,
  isGlobal: z.boolean(),
});

/** A table as it is stored. */
export const tableDefinition = z.object({
  TableName: z.string(),
  TableId: z.string(),
  /** Seconds since 1970. */
  CreationDateTime: z.number(),
  AttributeDefinitions: attributeDefinitions,
  KeySchema: keySchema,
  indexes: z.array(storedIndex),
  DeletionProtectionEnabled: z.boolean(),
  /** The attribute with the time to live, in seconds since 1970. */
  timeToLive: z.string().optional(),
});

export type TableDefinition = Readonly<z.output<typeof tableDefinition>>;

export type IndexDefinition = TableDefinition["indexes"][number];

/** The key with the types of its attributes. Every attribute of the key is defined. */
export const keyShapeOf = (
  schema: KeySchema,
  definitions: z.output<typeof attributeDefinitions>,
): KeyShape => {
  const attribute = (name: string): KeyAttribute => {
    const found = definitions.find(({ AttributeName }) => AttributeName === name);
    if (found === undefined) throw new Error(`the key attribute ${name} is not defined`);
    return { name, type: found.AttributeType };
  };
  const named = (type: "HASH" | "RANGE") =>
    schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const [partition = "", sort] = [named("HASH"), named("RANGE")];
  return {
    partition: attribute(partition),
    ...(sort !== undefined && { sort: attribute(sort) }),
  };
};
