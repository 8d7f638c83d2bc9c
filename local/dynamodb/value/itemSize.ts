import type { AttributeValue, Item } from "./attributeValue.ts";

/** Overhead of a list or map, and of each of its elements. */
const nestedBytes = 3;
const elementBytes = 1;

/**
 * The size of an item in bytes as DynamoDB counts it, names included.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const itemBytes = (item: Item): number => {
  let bytes = 0;
  for (const name in item) {
    const value = item[name];
    if (value !== undefined) bytes += Buffer.byteLength(name) + valueBytes(value);
  }
  return bytes;
};

const valueBytes = (value: AttributeValue): number => {
  if ("S" in value) return Buffer.byteLength(value.S);
  if ("N" in value) return numberBytes(value.N);
  if ("M" in value)
    return nestedBytes + itemBytes(value.M) + elementBytes * Object.keys(value.M).length;
  if ("L" in value) return nestedBytes + total(value.L, (one) => elementBytes + valueBytes(one));
  if ("B" in value) return binaryBytes(value.B);
  if ("SS" in value) return total(value.SS, Buffer.byteLength);
  if ("NS" in value) return total(value.NS, numberBytes);
  if ("BS" in value) return total(value.BS, binaryBytes);
  return 1;
};

const total = <Element>(
  elements: readonly Element[],
  bytesOf: (element: Element) => number,
): number => {
  let bytes = 0;
  for (const element of elements) bytes += bytesOf(element);
  return bytes;
};

/** About one byte for two significant digits. */
const numberBytes = (text: string): number => {
  const isNegative = text.startsWith("-");
  const digits = text.replace(/^-?0*\.?0*|\./g, "").replace(/0+$/, "").length;
  return Math.ceil(digits / 2) + 1 + (isNegative ? 1 : 0);
};

const binaryBytes = (base64: string): number => Buffer.byteLength(base64, "base64");
