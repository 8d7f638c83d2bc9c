import type * as z from "zod/mini";

/** A JSON schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const documented = new WeakMap<z.core.$ZodType, JsonSchema>();

/**
 * Documents a schema of client input by another JSON schema than the one of its parts: a number is
 * also accepted as text, because forms and queries have only text, but clients should send a
 * number.
 */
export const documentAs = <Schema extends z.core.$ZodType>(
  schema: Schema,
  json: JsonSchema,
): Schema => {
  documented.set(schema, json);
  return schema;
};

/** The JSON schema that documents a schema, if there is one. */
export const documentationOf = (schema: z.core.$ZodType): JsonSchema | undefined =>
  documented.get(schema);
