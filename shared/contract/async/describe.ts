import * as z from "zod/mini";
import type { JsonSchema } from "../../input/documentAs.ts";

const object = z.looseObject({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/**
 * The schema of an object with descriptions of its fields. Fails for a field that the schema does
 * not have.
 */
export const describe = (
  schema: JsonSchema,
  descriptions: Readonly<Record<string, string>>,
): JsonSchema => {
  const { properties, ...rest } = z.parse(object, schema);
  const unknown = Object.keys(descriptions).filter((name) => !Object.hasOwn(properties, name));
  if (unknown.length > 0) throw new Error(`there is no field ${unknown.join()} to describe`);
  const described = Object.entries(properties).map(([name, each]) => {
    const description = descriptions[name];
    return [name, description === undefined ? each : { ...each, description }];
  });
  return { ...rest, properties: Object.fromEntries(described) };
};
