import * as z from "zod/mini";
import type { JsonSchema } from "../input/documentAs.ts";

const schemas = z.array(z.record(z.string(), z.unknown()));
const properties = z.record(z.string(), z.record(z.string(), z.unknown()));

/**
 * Makes each object within a schema a component with a name, such as `DeviceReplyOwner`, because
 * client generators name a type for each object, and some cannot name those within alternatives.
 * Adds the components to `components`.
 */
export const nameObjects = (
  schema: JsonSchema,
  name: string,
  components: Record<string, JsonSchema>,
): JsonSchema => {
  const inner = (each: JsonSchema, part: string): JsonSchema => {
    const named = nameObjects(each, `${name}${capitalized(part)}`, components);
    return each.properties === undefined
      ? named
      : { $ref: `#/components/schemas/${add(named, `${name}${capitalized(part)}`, components)}` };
  };
  const { success: hasItems, data: items } = z.safeParse(schemas, [schema.items]);
  const { success: hasProperties, data: given } = z.safeParse(properties, schema.properties);
  return {
    ...schema,
    ...Object.fromEntries(
      (["anyOf", "oneOf"] as const).flatMap((key) => {
        const { success, data } = z.safeParse(schemas, schema[key]);
        return success ? [[key, data.map((each, i) => inner(each, `Option${i + 1}`))]] : [];
      }),
    ),
    ...(hasItems && { items: items.map((each) => inner(each, "Item"))[0] }),
    ...(hasProperties && {
      properties: Object.fromEntries(
        Object.entries(given).map(([key, each]) => [key, inner(each, key)]),
      ),
    }),
  };
};

/** Adds a component, and returns its name: the given one, unless another schema has it. */
const add = (schema: JsonSchema, name: string, components: Record<string, JsonSchema>): string => {
  const known = components[name];
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
    return add(schema, `${name}X`, components);
  }
  components[name] = schema;
  return name;
};

/** `last_heard` → `LastHeard`. */
export const capitalized = (name: string): string =>
  name.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9]?)/g, (_, letter: string) => letter.toUpperCase());
