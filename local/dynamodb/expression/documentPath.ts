import { validationError } from "../dynamoError.ts";
import {
  type AttributeValue,
  attributeOf,
  type Item,
  withAttribute,
  withoutAttribute,
} from "../value/attributeValue.ts";

/** The names of attributes and the positions of list elements that lead to a value. */
export type DocumentPath = readonly (string | number)[];

/** The value at a path; `undefined` when the item does not have it. */
export const valueAt = (item: Item, path: DocumentPath): AttributeValue | undefined => {
  let value: AttributeValue | undefined = { M: item };
  for (const element of path) {
    value = value && childOf(value, element);
    if (value === undefined) return undefined;
  }
  return value;
};

const childOf = (value: AttributeValue, element: string | number): AttributeValue | undefined => {
  if (typeof element === "number") return "L" in value ? value.L[element] : undefined;
  return "M" in value ? attributeOf(value.M, element) : undefined;
};

/**
 * A copy of an item with a value at a path. An element behind the end of a list is appended. Fails
 * with a `ValidationException` when a map or list of the path is missing.
 */
export const withValueAt = (item: Item, path: DocumentPath, value: AttributeValue): Item =>
  changeAt(item, path, () => value);

/** A copy of an item without the value at a path. */
export const withoutValueAt = (item: Item, path: DocumentPath): Item =>
  changeAt(item, path, () => undefined);

const invalidPath = () =>
  validationError("The document path provided in the update expression is invalid for update");

type Change = (value: AttributeValue | undefined) => AttributeValue | undefined;

const changeAt = (item: Item, path: DocumentPath, change: Change): Item => {
  const [name, ...rest] = path;
  if (typeof name !== "string") throw invalidPath();
  const changed = changeIn(attributeOf(item, name), rest, change);
  return changed === undefined ? withoutAttribute(item, name) : withAttribute(item, name, changed);
};

const changeIn = (
  value: AttributeValue | undefined,
  path: DocumentPath,
  change: Change,
): AttributeValue | undefined => {
  const [element, ...rest] = path;
  if (element === undefined) return change(value);
  if (value === undefined) throw invalidPath();
  if (typeof element === "string") {
    if (!("M" in value)) throw invalidPath();
    return { M: changeAt(value.M, path, change) };
  }
  if (!("L" in value)) throw invalidPath();
  const changed = changeIn(value.L[element], rest, change);
  if (changed === undefined) return { L: value.L.toSpliced(element, 1) };
  return { L: element < value.L.length ? value.L.with(element, changed) : [...value.L, changed] };
};

/**
 * The error message for two paths of which one contains the other, or that use the same value as a
 * map and as a list; `undefined` when there are none.
 */
export const overlapOf = (paths: readonly DocumentPath[]): string | undefined => {
  for (const [i, one] of paths.entries()) {
    for (const other of paths.slice(i + 1)) {
      const end = Math.min(one.length, other.length);
      let at = 0;
      while (at < end && one[at] === other[at]) at += 1;
      const shown = `path one: ${show(one)}, path two: ${show(other)}`;
      if (at === end) {
        return `Two document paths overlap with each other; must remove or rewrite one of these paths; ${shown}`;
      }
      if (typeof one[at] !== typeof other[at]) {
        return `Two document paths conflict with each other; must remove or rewrite one of these paths; ${shown}`;
      }
    }
  }
  return undefined;
};

const show = (path: DocumentPath): string =>
  `[${path.map((element) => (typeof element === "number" ? `[${element}]` : element)).join(", ")}]`;

/**
 * The parts of an item at these paths, nested as in the item. Elements of a list keep their order
 * and close up.
 */
export const project = (item: Item, paths: readonly DocumentPath[]): Item => {
  const found = projectValue({ M: item }, paths);
  return found !== undefined && "M" in found ? found.M : {};
};

const projectValue = (
  value: AttributeValue,
  paths: readonly DocumentPath[],
): AttributeValue | undefined => {
  if (paths.some((path) => path.length === 0)) return value;
  const tails = new Map<string | number, DocumentPath[]>();
  for (const [element, ...rest] of paths) {
    if (element === undefined) continue;
    const known = tails.get(element);
    if (known === undefined) tails.set(element, [rest]);
    else known.push(rest);
  }
  const isList = "L" in value;
  const elements = [...tails].filter(([element]) => (typeof element === "number") === isList);
  if (isList) elements.sort(([one], [other]) => Number(one) - Number(other));
  const found = elements.flatMap(([element, rest]): [string, AttributeValue][] => {
    const child = childOf(value, element);
    const part = child && projectValue(child, rest);
    return part === undefined ? [] : [[String(element), part]];
  });
  if (found.length === 0) return undefined;
  if (isList) return { L: found.map(([, part]) => part) };
  return "M" in value ? { M: Object.fromEntries(found) } : undefined;
};
