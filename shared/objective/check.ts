import * as z from "zod/mini";

/** What a canary checks: a way through the product that customers use. */
export const check = z.enum([
  "connect",
  "event",
  "webhook",
  "function",
  "variable",
  "stream",
  "api",
  "update",
]);

export type Check = z.output<typeof check>;

/** All checks. */
export const checks: readonly Check[] = check.options;
