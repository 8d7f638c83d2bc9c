import { pagesMax } from "./limits.ts";

/** A page of a list with a cursor. Without `cursor` it is the last one. */
interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor: string | undefined;
}

interface PageOptions {
  /** The number of items that are wanted. */
  readonly limit: number;
  /** The size of a page that the API allows. */
  readonly pageMax: number;
}

/**
 * Reads a list page by page up to `limit` items. A page can be empty and have a next one. Gives up
 * after `pagesMax` pages.
 */
export const readPages = async <Item>(
  { limit, pageMax }: PageOptions,
  read: (page: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<{ items: Item[]; isComplete: boolean }> => {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const size = Math.min(pageMax, limit - items.length);
    const next = await read({ limit: size, ...(cursor !== undefined && { cursor }) });
    items.push(...next.items);
    cursor = next.cursor;
    if (cursor === undefined) return { items, isComplete: true };
    if (items.length >= limit) break;
  }
  return { items, isComplete: false };
};
