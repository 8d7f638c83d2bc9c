import { type Release, type ReleaseKey, release as schema } from "../../release/model/release.ts";
import type { Releases } from "../../release/releases.ts";
import { queryPages, type Tables } from "../call/tables.ts";

const pkOf = (product: number): string => `releases#${product}`;
const activePk = "active";

/**
 * The definitions of releases in the global table of firmware: `releases#<product>` and the id; and
 * the keys of active ones: `active` and `<product>#<id>`.
 */
export const dynamoReleases = (db: Tables, table: string): Releases => {
  const activate = async ({ product, id }: ReleaseKey): Promise<void> => {
    const sk = `${product}#${id}`;
    await db.put({ TableName: table, Item: { pk: activePk, sk, product, id } });
  };
  return {
    async add(release) {
      const { product, id } = release;
      await activate(release);
      await db.put({
        TableName: table,
        Item: { pk: pkOf(product), sk: id, release: JSON.stringify(release) },
      });
    },

    async find({ product, id }) {
      const Key = { pk: pkOf(product), sk: id };
      const { Item } = await db.get({ TableName: table, Key, ConsistentRead: true });
      return Item && read(Item);
    },

    async page(product, { limit, after }) {
      const { Items, LastEvaluatedKey } = await db.query({
        TableName: table,
        KeyConditionExpression: `pk = :product${after === undefined ? "" : " AND sk < :after"}`,
        ExpressionAttributeValues: {
          ":product": pkOf(product),
          ...(after !== undefined && { ":after": after }),
        },
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: limit,
      });
      return { releases: Items.map(read), hasMore: LastEvaluatedKey !== undefined };
    },

    async active(product) {
      const found: { product: number; id: string }[] = [];
      const pages = queryPages(db, {
        TableName: table,
        KeyConditionExpression: `pk = :active${product === undefined ? "" : " AND begins_with(sk, :product)"}`,
        ExpressionAttributeValues: {
          ":active": activePk,
          ...(product !== undefined && { ":product": `${product}#` }),
        },
        ConsistentRead: true,
      });
      for await (const { Items } of pages) {
        found.push(
          ...Items.map((item) => ({ product: Number(item.product), id: String(item.id) })),
        );
      }
      return found;
    },

    activate,

    async end({ product, id }) {
      await db.delete({ TableName: table, Key: { pk: activePk, sk: `${product}#${id}` } });
    },
  };
};

const read = ({ release }: Record<string, unknown>): Release =>
  schema.parse(JSON.parse(String(release)));
