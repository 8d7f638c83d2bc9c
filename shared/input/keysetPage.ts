import * as z from "zod/mini";
import { readCursor, writeCursor } from "./cursor.ts";

/** The place of an item in a list: a value that decides the order, and its id. */
export type KeysetKey = readonly [value: string | number, id: string];

const position = z.tuple([z.union([z.string(), z.number()]), z.string()]);

interface Options<Item> {
  readonly keyOf: (item: Item) => KeysetKey;
  readonly order: "asc" | "desc";
  /** The filters of the list: a cursor is valid only for the same ones. */
  readonly list: object;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/**
 * A page of a short list that is read whole: the items after the one where the page before has
 * ended, also if that one is gone. An item that stays in the list, with its key, is on exactly one
 * page. Fails with `invalid_request` for a cursor of another list.
 */
export const keysetPage = <Item>(
  items: readonly Item[],
  { keyOf, order, list, limit, cursor }: Options<Item>,
): { items: Item[]; cursor?: string } => {
  const sign = order === "asc" ? 1 : -1;
  const after = cursor === undefined ? undefined : readCursor(list, cursor, position);
  const sorted = items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((one, other) => sign * compareKeys(one.key, other.key))
    .filter(({ key }) => after === undefined || sign * compareKeys(key, after) > 0);
  const page = sorted.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    ...(last !== undefined &&
      sorted.length > page.length && { cursor: writeCursor(list, last.key) }),
  };
};

/** The order of two keys. A value of another type, from a cursor that was made up, is later. */
const compareKeys = ([a, x]: KeysetKey, [b, y]: KeysetKey): number =>
  typeof a !== typeof b ? -1 : a === b ? compare(x, y) : compare(a, b);

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);
