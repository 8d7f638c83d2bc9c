import { textOf } from "./textOf.ts";
import { UsageError } from "./usageError.ts";

/** The value of an option that is a number; `undefined` when it was not given. */
export const wholeNumber = (
  name: string,
  value: string | boolean | undefined,
): number | undefined => {
  const text = textOf(value);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${name} must be a number, not '${text}'.`);
  return Number(text);
};
