/** A JSON value in DynamoDB's own format: `{ "S": "text" }`. */
export const attributeValue = (value: unknown): object => {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(attributeValue) };
  if (typeof value === "object" && value !== null) return { M: attributeValues(value) };
  return { NULL: true };
};

/** The same of each property: an item. */
export const attributeValues = (item: object): Record<string, object> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, attributeValue(value)]));
