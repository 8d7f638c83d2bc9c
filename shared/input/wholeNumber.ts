import * as z from "zod";

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
  const digits = z.string({ error }).regex(/^-?\d{1,16}$/, { error, abort: true });
  return z
    .union([z.number({ error }), digits.transform(Number)], { error })
    .pipe(z.int({ error }).min(min, { error }).max(max, { error }));
};
