import { type AttributeValue, type Item, typeOf } from "../value/attributeValue.ts";
import { compare, elementsOf, isEqual } from "../value/compare.ts";
import type { Condition, Operand } from "./condition.ts";
import { valueAt } from "./documentPath.ts";

/** Whether an item meets a condition. A missing item is an item without attributes. */
export const meets = (item: Item, condition: Condition): boolean => {
  switch (condition.kind) {
    case "and":
      return condition.parts.every((part) => meets(item, part));
    case "or":
      return condition.parts.some((part) => meets(item, part));
    case "not":
      return !meets(item, condition.part);
    case "exists":
      return valueAt(item, condition.path) !== undefined;
    case "notExists":
      return valueAt(item, condition.path) === undefined;
    case "type": {
      const value = valueAt(item, condition.path);
      return value !== undefined && typeOf(value) === condition.type;
    }
    default:
      return meetsPredicate(item, condition);
  }
};

type Predicate = Extract<
  Condition,
  { kind: "compare" | "between" | "in" | "beginsWith" | "contains" }
>;

const meetsPredicate = (item: Item, condition: Predicate): boolean => {
  if (condition.kind === "compare") {
    const [left, right] = [operandValue(item, condition.left), operandValue(item, condition.right)];
    return isComparison(left, condition.comparator, right);
  }
  const value = operandValue(item, condition.operand);
  if (value === undefined) return false;
  if (condition.kind === "between") {
    const [low, high] = [operandValue(item, condition.low), operandValue(item, condition.high)];
    return isComparison(value, ">=", low) && isComparison(value, "<=", high);
  }
  if (condition.kind === "in") {
    return condition.list.some((operand) => isComparison(value, "=", operandValue(item, operand)));
  }
  const part = operandValue(item, condition.part);
  if (part === undefined) return false;
  return condition.kind === "contains" ? contains(value, part) : beginsWith(value, part);
};

const operandValue = (item: Item, operand: Operand): AttributeValue | undefined => {
  if (operand.kind === "value") return operand.value;
  const value = valueAt(item, operand.path);
  if (operand.kind === "path" || value === undefined) return value;
  const size = sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
};

type Comparator = Extract<Condition, { kind: "compare" }>["comparator"];

const isComparison = (
  left: AttributeValue | undefined,
  comparator: Comparator,
  right: AttributeValue | undefined,
): boolean => {
  if (comparator === "<>") {
    return left === undefined || right === undefined ? left !== right : !isEqual(left, right);
  }
  if (left === undefined || right === undefined) return false;
  if (comparator === "=") return isEqual(left, right);
  const order = compare(left, right);
  if (order === undefined) return false;
  if (comparator === "<") return order < 0;
  if (comparator === "<=") return order <= 0;
  return comparator === ">" ? order > 0 : order >= 0;
};

/** The size of a value: characters, bytes or elements. Numbers and booleans have none. */
const sizeOf = (value: AttributeValue): number | undefined => {
  if ("S" in value) return value.S.length;
  if ("B" in value) return Buffer.byteLength(value.B, "base64");
  if ("L" in value) return value.L.length;
  if ("M" in value) return Object.keys(value.M).length;
  return elementsOf(value).length || undefined;
};

const beginsWith = (value: AttributeValue, prefix: AttributeValue): boolean => {
  if ("S" in value && "S" in prefix) return value.S.startsWith(prefix.S);
  if (!("B" in value && "B" in prefix)) return false;
  const start = Buffer.from(prefix.B, "base64");
  return Buffer.from(value.B, "base64").subarray(0, start.length).equals(start);
};

const contains = (value: AttributeValue, part: AttributeValue): boolean => {
  if ("S" in value) return "S" in part && value.S.includes(part.S);
  if ("L" in value) return value.L.some((element) => isEqual(element, part));
  if ("B" in value) {
    return "B" in part && Buffer.from(value.B, "base64").includes(Buffer.from(part.B, "base64"));
  }
  if ("SS" in value) return "S" in part && value.SS.includes(part.S);
  if ("NS" in value) return "N" in part && value.NS.includes(part.N);
  return "BS" in value && "B" in part && value.BS.includes(part.B);
};
