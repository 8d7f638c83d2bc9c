import type * as z from "zod";
import { Failure } from "./failure.ts";

/** Reads what a client sent. Fails with `invalid_request` and a sentence for each thing that is wrong. */
export const readInput = <Schema extends z.ZodType>(
  schema: Schema,
  fields: unknown,
): z.output<Schema> => {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const { error: cause } = parsed;
  const sentences = cause.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Failure(sentences.join("; "), { code: "invalid_request", cause });
};
