import { invalidToken } from "./errors.ts";

/** A page of a list, and the token of the next one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly NextToken?: string;
}

/** The page of a list that a token of an earlier page begins. */
export const pageOf = <Item>(
  all: readonly Item[],
  { NextToken, max }: { NextToken: string | undefined; max: number },
): Page<Item> => {
  const from = NextToken === undefined ? 0 : Number(/^\d{1,9}$/.exec(NextToken)?.[0] ?? Number.NaN);
  if (Number.isNaN(from)) throw invalidToken();
  const items = all.slice(from, from + max);
  return { items, ...(from + max < all.length && { NextToken: String(from + max) }) };
};
