import { validationError } from "../dynamoError.ts";
import { type AttributeValue, type Item, typeOf } from "../value/attributeValue.ts";
import { elementsOf } from "../value/compare.ts";
import { addNumbers, subtractNumbers } from "../value/decimal.ts";
import { type DocumentPath, valueAt, withoutValueAt, withValueAt } from "./documentPath.ts";
import type { PathValue, SetValue, Update } from "./update.ts";

const attributeMissing =
  "The provided expression refers to an attribute that does not exist in the item";
const operandMismatch = "An operand in the update expression has an incorrect data type";

/**
 * An item after an update. All values are those before the update. Fails with a
 * `ValidationException` when a value is missing or has the wrong type.
 */
export const applyUpdate = (item: Item, update: Update): Item => {
  const values = update.set.map(({ path, value }) => ({ path, value: evaluate(item, value) }));
  let changed = item;
  for (const { path, value } of values.toSorted(byLastIndex)) {
    changed = withValueAt(changed, path, value);
  }
  for (const each of update.add) changed = withValueAt(changed, each.path, sum(item, each));
  for (const each of update.delete) changed = withoutElements(changed, each);
  // From the end, so that the positions of the others stay.
  for (const path of update.remove.toSorted(fromTheEnd)) changed = withoutValueAt(changed, path);
  return changed;
};

/** Elements behind the end of a list are appended in the order of their positions. */
const byLastIndex = ({ path: one }: PathValue, { path: other }: PathValue): number =>
  positionIn(one.at(-1)) - positionIn(other.at(-1));

const positionIn = (element: string | number | undefined): number =>
  typeof element === "number" ? element : -1;

const fromTheEnd = (one: DocumentPath, other: DocumentPath): number => {
  const at = one.findIndex((element, i) => element !== other[i]);
  const [left = "", right = ""] = [one[at], other[at]];
  if (typeof left === "number" && typeof right === "number") return right - left;
  return left < right ? -1 : 1;
};

const evaluate = (item: Item, value: SetValue): AttributeValue => {
  switch (value.kind) {
    case "value":
      return value.value;
    case "path": {
      const found = valueAt(item, value.path);
      if (found === undefined) throw validationError(attributeMissing);
      return found;
    }
    case "ifNotExists":
      return valueAt(item, value.path) ?? evaluate(item, value.otherwise);
    case "listAppend": {
      const [left, right] = [evaluate(item, value.left), evaluate(item, value.right)];
      if (!("L" in left && "L" in right)) throw validationError(operandMismatch);
      return { L: [...left.L, ...right.L] };
    }
    default: {
      const [left, right] = [evaluate(item, value.left), evaluate(item, value.right)];
      if (!("N" in left && "N" in right)) throw validationError(operandMismatch);
      const compute = value.kind === "plus" ? addNumbers : subtractNumbers;
      return { N: compute(left.N, right.N) };
    }
  }
};

/** The result of `ADD`: a sum, or the union of two sets. */
const sum = (item: Item, { path, value }: PathValue): AttributeValue => {
  const before = valueAt(item, path);
  if (before === undefined) return value;
  if ("N" in before && "N" in value) return { N: addNumbers(before.N, value.N) };
  if (typeOf(before) !== typeOf(value)) throw validationError(operandMismatch);
  return withElements(before, [...new Set([...elementsOf(before), ...elementsOf(value)])]);
};

/** The result of `DELETE`. A set without elements is removed. */
const withoutElements = (item: Item, { path, value }: PathValue): Item => {
  const before = valueAt(item, path);
  if (before === undefined) return item;
  if (typeOf(before) !== typeOf(value)) throw validationError(operandMismatch);
  const removed = elementsOf(value);
  const left = elementsOf(before).filter((element) => !removed.includes(element));
  return left.length === 0
    ? withoutValueAt(item, path)
    : withValueAt(item, path, withElements(before, left));
};

const withElements = (set: AttributeValue, elements: readonly string[]): AttributeValue => {
  if ("SS" in set) return { SS: elements };
  if ("NS" in set) return { NS: elements };
  if ("BS" in set) return { BS: elements };
  throw validationError(operandMismatch);
};
