import { textOf } from "./textOf.ts";
import { UsageError } from "./usageError.ts";

/** The value of a numeric option; `undefined` when it is absent. */
export const wholeNumber = (
  name: string,
  value: string | boolean | undefined,
): number | undefined => {
  const text = textOf(value);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${name} must be a number, not '${text}'.`);
  return Number(text);
};
