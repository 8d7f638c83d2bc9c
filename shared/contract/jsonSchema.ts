import * as z from "zod/mini";
import { documentationOf, type JsonSchema } from "../input/documentAs.ts";

/** What a schema describes: input of a client, or the body of a reply. */
export type SchemaUse = "input" | "reply" | "closedReply";

/**
 * The JSON schema (2020-12) of what a client sends or receives. Input has no unknown fields,
 * because the API refuses them. A reply may have more fields in a later version, so clients must
 * ignore unknown ones; `closedReply` is for tests, which must not find any.
 */
export const jsonSchema = (schema: z.core.$ZodType, use: SchemaUse): JsonSchema => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    // A reply is what the API passes to its schema, not what the schema returns.
    io: "input",
    override: ({ zodSchema, jsonSchema: made }) => {
      const documented = documentationOf(zodSchema);
      if (documented !== undefined) replace(made, documented);
      // The patterns of zod are long, and the formats say the same.
      if (made.format === "date-time" || made.format === "date") delete made.pattern;
      if (made.pattern !== undefined) made.pattern = portablePattern(made.pattern);
      // The names of properties always are strings, and client generators do not know the keyword.
      if (JSON.stringify(made.propertyNames) === '{"type":"string"}') delete made.propertyNames;
      if (made.properties !== undefined && typeof made.additionalProperties !== "object") {
        if (use === "reply") delete made.additionalProperties;
        else made.additionalProperties = false;
      }
    },
  });
  return json;
};

/**
 * Character classes of Unicode, which the regular expressions of many languages lack, as ranges.
 * Surrogates are left out: text in other languages has none.
 * https://json-schema.org/draft/2020-12/json-schema-core#section-6.4
 */
const ranges: readonly (readonly [string, string])[] = [
  ["[\\t\\n\\r\\P{Cc}]", "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]"],
  ["\\P{Cc}", "[^\\x00-\\x1f\\x7f-\\x9f]"],
  ["\\p{Cc}", "\\x00-\\x1f\\x7f-\\x9f"],
  ["\\p{Cs}", ""],
];

/** The same pattern without character classes of Unicode. */
export const portablePattern = (pattern: string): string =>
  ranges.reduce((text, [unicode, range]) => text.replaceAll(unicode, range), pattern);

const replace = (json: object, by: JsonSchema): void => {
  for (const key of Object.keys(json)) Reflect.deleteProperty(json, key);
  Object.assign(json, structuredClone(by));
};
