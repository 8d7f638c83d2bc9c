import { isDeepStrictEqual } from "node:util";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Row } from "./row.ts";

/** Whether two rows are equal. The members of a set have no order. */
export const sameRow = (one: Row, other: Row): boolean =>
  isDeepStrictEqual(ordered(one), ordered(other));

const ordered = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, orderedValue(value)]));

const orderedValue = (value: AttributeValue): AttributeValue => {
  if (value.SS !== undefined) return { SS: value.SS.toSorted() };
  if (value.NS !== undefined) return { NS: value.NS.toSorted() };
  if (value.L !== undefined) return { L: value.L.map(orderedValue) };
  if (value.M !== undefined) return { M: ordered(value.M) };
  return value;
};
