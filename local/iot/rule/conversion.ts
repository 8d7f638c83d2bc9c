/**
 * What the rule SQL makes of a value of another type. `undefined` when there is no such conversion.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html#iot-sql-conversions
 */
export const toText = (value: unknown): string | undefined => {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? undefined : JSON.stringify(value);
};

const decimal = /^-?\d+(\.\d+)?(E-?\d+)?$/i;

/** The same for numbers: of text, only what is written as one. */
export const toNumber = (value: unknown): number | undefined => {
  if (typeof value === "number") return value;
  return typeof value === "string" && decimal.test(value) ? Number(value) : undefined;
};

/** The same for what is true or false. */
export const toBoolean = (value: unknown): boolean | undefined => {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value.toLowerCase() : undefined;
  return text === "true" || text === "false" ? text === "true" : undefined;
};
