import type { Fill } from "./fillTemplate.ts";

/** Fills the keys and values of plain fields. */
export const fillTexts = (
  fields: Readonly<Record<string, string>>,
  fill: Fill,
): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [fill(key), fill(value)]));

/** Fills the keys and the texts of a JSON object, however deep. A filled value is a text. */
export const fillJson = (
  fields: Readonly<Record<string, unknown>>,
  fill: Fill,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [fill(key), fillAny(value, fill)]),
  );

const fillAny = (value: unknown, fill: Fill): unknown => {
  if (typeof value === "string") return fill(value);
  if (Array.isArray(value)) return value.map((item) => fillAny(item, fill));
  if (typeof value === "object" && value !== null) return fillJson({ ...value }, fill);
  return value;
};
