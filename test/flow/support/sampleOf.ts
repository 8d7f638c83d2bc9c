import fc from "fast-check";
import * as z from "zod";

const schema = z.strictObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown().optional(),
  propertyNames: z.unknown().optional(),
  items: z.unknown().optional(),
  pattern: z.string().optional(),
  minLength: z.number().default(0),
  maxLength: z.number().default(64),
  maxItems: z.number().default(8),
  exclusiveMinimum: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().default(2_147_483_647),
  default: z.unknown().optional(),
  description: z.string().optional(),
});

/** The longest text that is generated: an event is also in the topic and the URL of a test. */
const charsMax = 64;

/**
 * Makes values that a JSON schema of a message accepts. Fails for a keyword that it cannot make.
 */
export const sampleOf = (given: unknown): fc.Arbitrary<unknown> => {
  const { type, ...rest } = schema.parse(given);
  if (rest.const !== undefined) return fc.constant(rest.const);
  if (rest.enum !== undefined) return fc.constantFrom(...rest.enum);
  const types = [type ?? []].flat();
  return fc.oneof(...types.map((each) => ofType(each, rest)));
};

const ofType = (
  type: string,
  rest: Omit<z.output<typeof schema>, "type">,
): fc.Arbitrary<unknown> => {
  const { minLength, maxLength, pattern, maximum, items, maxItems } = rest;
  const min =
    rest.minimum ?? (rest.exclusiveMinimum === undefined ? undefined : rest.exclusiveMinimum + 1);
  switch (type) {
    case "string":
      return pattern === undefined
        ? fc.string({ minLength, maxLength: Math.min(maxLength, charsMax) })
        : fc.stringMatching(new RegExp(pattern));
    case "integer":
      return fc.integer({ min: min ?? -2_147_483_648, max: maximum });
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(sampleOf(items), { maxLength: Math.min(maxItems, 8) });
    case "object":
      return objectOf(rest);
    default:
      throw new Error(`no value of the type ${type} can be made`);
  }
};

const objectOf = ({
  properties,
  required,
  additionalProperties,
  propertyNames,
}: Omit<z.output<typeof schema>, "type">): fc.Arbitrary<unknown> => {
  if (propertyNames !== undefined) {
    const names = fc.string({ minLength: 1, maxLength: 32 });
    return fc.dictionary(names, sampleOf(additionalProperties), { maxKeys: 8 });
  }
  const values = Object.entries(properties).map(([name, each]) => [name, sampleOf(each)] as const);
  return fc.record(Object.fromEntries(values), { requiredKeys: required });
};
