import * as z from "zod/mini";
import { documentAs } from "./documentAs.ts";

/**
 * An integer from `min` to `max`, as a number or, in a form or a query, as digits. An empty text,
 * `null`, a list and a boolean are rejected.
 */
export const wholeNumber = (min: number, max: number) => {
  const example = Math.min(max, Math.max(min, 10));
  const error = (issue: z.core.$ZodRawIssue): string =>
    issue.input === undefined
      ? `is missing: a whole number from ${min} to ${max}, for example ${example}`
      : `must be a whole number from ${min} to ${max}, for example ${example}`;
  const digits = z.string({ error }).check(z.regex(/^-?\d{1,16}$/, { error, abort: true }));
  const schema = z.pipe(
    z.union(
      [
        z.number({ error }),
        z.pipe(
          digits,
          z.transform((text: string) => Number(text)),
        ),
      ],
      { error },
    ),
    z.int({ error }).check(z.minimum(min, { error }), z.maximum(max, { error })),
  );
  return documentAs(schema, { type: "integer", minimum: min, maximum: max });
};
