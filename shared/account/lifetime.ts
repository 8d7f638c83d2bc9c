import * as z from "zod";

const daySeconds = 86_400;

/** How long a token holds, in seconds, in digits or as a number; 0 for ever. Nothing else counts as 0. */
export const lifetime = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(
  z
    .int()
    .min(0)
    .max(3_650 * daySeconds),
);
