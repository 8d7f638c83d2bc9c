/**
 * Converts a value to text as the rule SQL does; `undefined` when there is no conversion.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html#iot-sql-conversions
 */
export const toText = (value: unknown): string | undefined => {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? undefined : JSON.stringify(value);
};

const decimal = /^-?\d+(\.\d+)?(E-?\d+)?$/i;

/** Converts a value to a number; text must be a number literal. */
export const toNumber = (value: unknown): number | undefined => {
  if (typeof value === "number") return value;
  return typeof value === "string" && decimal.test(value) ? Number(value) : undefined;
};

/** Converts a value to a boolean. */
export const toBoolean = (value: unknown): boolean | undefined => {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value.toLowerCase() : undefined;
  return text === "true" || text === "false" ? text === "true" : undefined;
};
