import * as z from "zod";
import { DynamoError, validationError } from "../dynamoError.ts";
import { assertItem, type Item } from "../value/attributeValue.ts";

const mustNotBeNull = "Member must not be null";

/** An item or a key of a request, with normalized numbers. */
export const item = z.unknown().transform((given, context): Item => {
  if (given === undefined) {
    context.addIssue({ code: "custom", message: mustNotBeNull });
    return z.NEVER;
  }
  assertItem(given);
  return given;
});

export const tableName = z.string().min(1).max(2_048);

export const names = z.record(z.string(), z.string()).optional();
export const values = z.record(z.string(), z.unknown()).optional();

/** The members of requests with expressions. */
export const placeholderInput = {
  ExpressionAttributeNames: names,
  ExpressionAttributeValues: values,
};

export const consumedCapacity = z.enum(["NONE", "TOTAL", "INDEXES"]).default("NONE");
export const collectionMetrics = z.enum(["NONE", "SIZE"]).optional();
export const onConditionFailure = z.enum(["NONE", "ALL_OLD"]).default("NONE");

/** Members of DynamoDB's API before expressions. */
const legacy: ReadonlySet<string> = new Set([
  "AttributesToGet",
  "AttributeUpdates",
  "ConditionalOperator",
  "Expected",
  "KeyConditions",
  "QueryFilter",
  "ScanFilter",
]);

/**
 * Reads the input of an operation. Fails with a DynamoDB error that names an unknown or invalid
 * member.
 */
export const readInput = <Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys") throw unknownMember(issue.keys[0] ?? "", schema);
  const path = issue?.path.join(".") || "the request";
  const isAbsent = issue !== undefined && isMissing(input, issue.path);
  throw new DynamoError(
    issue?.code === "invalid_type" && !isAbsent ? "SerializationException" : "ValidationException",
    `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${isAbsent ? mustNotBeNull : issue?.message}`,
  );
};

const isMissing = (input: unknown, path: readonly PropertyKey[]): boolean => {
  let value = input;
  for (const name of path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  }
  return value === undefined;
};

const unknownMember = (name: string, schema: z.ZodType): DynamoError => {
  if (legacy.has(name)) {
    return validationError(`the legacy parameter ${name} is not supported: use an expression`);
  }
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const hint = known.length === 0 ? "" : `; the operation accepts ${known.join(", ")}`;
  return validationError(`unknown parameter ${name.slice(0, 100)}${hint}`);
};
