import * as z from "zod/mini";
import type { JsonSchema } from "../../input/documentAs.ts";
import { jsonSchema } from "../jsonSchema.ts";

/** What the cloud receives from a device. Devices may send more fields: the cloud ignores them. */
export const received = (schema: z.core.$ZodType): JsonSchema => {
  const { required, ...json } = jsonSchema(schema, "reply");
  const needed = z.parse(z._default(z.array(z.string()), []), required);
  // Without a field that has a default, a message is valid.
  const left = needed.filter((name) => !z.safeParse(withDefault, fieldsOf(json)[name]).success);
  return { ...json, ...(left.length > 0 && { required: left }) };
};

const withDefault = z
  .looseObject({ default: z.unknown() })
  .check(z.refine((field) => Object.hasOwn(field, "default")));

const fieldsOf = ({ properties }: JsonSchema): Record<string, unknown> =>
  z.parse(z.record(z.string(), z.unknown()), properties);
