import { type AttributeValue, attributeOf, type Item, typeOf } from "./attributeValue.ts";
import { compareNumbers } from "./decimal.ts";

/** Whether two values have the same type and content. The order of a set does not matter. */
export const isEqual = (one: AttributeValue, other: AttributeValue): boolean => {
  if ("S" in one) return "S" in other && one.S === other.S;
  if ("N" in one) return "N" in other && one.N === other.N;
  if ("B" in one) return "B" in other && one.B === other.B;
  if ("BOOL" in one) return "BOOL" in other && one.BOOL === other.BOOL;
  if ("NULL" in one) return "NULL" in other;
  if ("L" in one) return "L" in other && isEqualList(one.L, other.L);
  if ("M" in one) return "M" in other && isEqualMap(one.M, other.M);
  return typeOf(one) === typeOf(other) && isEqualSet(elementsOf(one), elementsOf(other));
};

const isEqualList = (one: readonly AttributeValue[], other: readonly AttributeValue[]): boolean =>
  one.length === other.length &&
  one.every((element, i) => {
    const found = other[i];
    return found !== undefined && isEqual(element, found);
  });

const isEqualMap = (one: Item, other: Item): boolean => {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => {
      const [value, found] = [attributeOf(one, name), attributeOf(other, name)];
      return value !== undefined && found !== undefined && isEqual(value, found);
    })
  );
};

const isEqualSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && other.every((element) => one.includes(element));

/** The elements of a set; none for other types. */
export const elementsOf = (value: AttributeValue): readonly string[] => {
  if ("SS" in value) return value.SS;
  if ("NS" in value) return value.NS;
  if ("BS" in value) return value.BS;
  return [];
};

/**
 * Compares two strings, numbers or binary values: negative when `one` is less. `undefined` for
 * other types and for two types.
 */
export const compare = (one: AttributeValue, other: AttributeValue): number | undefined => {
  if ("S" in one) return "S" in other ? compareText(one.S, other.S) : undefined;
  if ("N" in one) return "N" in other ? compareNumbers(one.N, other.N) : undefined;
  if (!("B" in one && "B" in other)) return undefined;
  return Buffer.compare(Buffer.from(one.B, "base64"), Buffer.from(other.B, "base64"));
};

/** By UTF-8 bytes. Text without surrogates has the same order by code units. */
const compareText = (one: string, other: string): number => {
  if (surrogate.test(one) || surrogate.test(other)) {
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  }
  if (one === other) return 0;
  return one < other ? -1 : 1;
};

const surrogate = /[\ud800-\udfff]/;
