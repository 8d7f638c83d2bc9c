import * as z from "zod";

/** A header's value in a template of API Gateway: a fixed text, in single quotes. */
export const headerText = z
  .string()
  .regex(/^'.*'$/, "only a fixed text in single quotes is known here")
  .transform((quoted) => quoted.slice(1, -1));
