import * as z from "zod/mini";
import { pageDays } from "../../paging/limits.ts";
import { page as pageSchema } from "../../paging/page.ts";
import type { PageStore } from "../../paging/pageStore.ts";
import { daySeconds } from "../../platform/durations.ts";
import type { Item, Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const row = z.object({ page: pageSchema });
const pageOf = (item: Item) => row.parse(item).page;

const openKey = (watcher: string, id: string) => ({
  pk: `openpages#${watcher}`,
  // One open page for each problem.
  sk: id.slice(id.indexOf("-") + 1),
});
const closedKey = (watcher: string, id: string) => ({ pk: `pages#${watcher}`, sk: id });

/**
 * Pages in the table of operations. A page that ends moves to another partition: it is written
 * there first, so a crash between the steps leaves it in both, and the next run repeats them.
 */
export const dynamoPages = (db: Tables, TableName: string): PageStore => ({
  async open(watcher) {
    const pages = [];
    let ExclusiveStartKey: Item | undefined;
    do {
      const { Items, LastEvaluatedKey } = await db.query({
        TableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": `openpages#${watcher}` },
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      });
      pages.push(...Items.map(pageOf));
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return pages;
  },

  put: (page) =>
    isConditionMet(
      db.put({
        TableName,
        Item: { ...openKey(page.watcher, page.id), version: page.version, page },
        ConditionExpression: page.version === 1 ? "attribute_not_exists(pk)" : "version = :before",
        ...(page.version > 1 && { ExpressionAttributeValues: { ":before": page.version - 1 } }),
      }),
    ),

  async close(page) {
    const expiresAt = Math.ceil(page.readAt / 1_000) + pageDays * daySeconds;
    const Item = { ...closedKey(page.watcher, page.id), page, expiresAt };
    await db.put({ TableName, Item });
    await isConditionMet(
      db.delete({
        TableName,
        Key: openKey(page.watcher, page.id),
        ConditionExpression: "attribute_not_exists(pk) OR version = :version",
        ExpressionAttributeValues: { ":version": page.version },
      }),
    );
  },

  async find(watcher, id) {
    const { Item: open } = await db.get({ TableName, Key: openKey(watcher, id) });
    if (open !== undefined) {
      const found = pageOf(open);
      if (found.id === id) return found;
    }
    const { Item } = await db.get({ TableName, Key: closedKey(watcher, id) });
    return Item && pageOf(Item);
  },

  async closed(watcher, { limit, before }) {
    const { Items, LastEvaluatedKey } = await db.query({
      TableName,
      KeyConditionExpression: before === undefined ? "pk = :pk" : "pk = :pk AND sk < :before",
      ExpressionAttributeValues: {
        ":pk": `pages#${watcher}`,
        ...(before && { ":before": before }),
      },
      ScanIndexForward: false,
      Limit: limit,
    });
    const pages = Items.map(pageOf);
    return { pages, next: LastEvaluatedKey === undefined ? undefined : pages.at(-1)?.id };
  },
});
