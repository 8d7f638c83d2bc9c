import * as z from "zod/mini";
import { type Release, type ReleaseKey, release as schema } from "../../release/model/release.ts";
import type { Releases } from "../../release/releases.ts";
import { queryPages, type Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const pkOf = (product: number): string => `releases#${product}`;
const activePk = "active";
const turnKeyOf = (product: number) => ({ pk: "turns", sk: `${product}` });
const turnRow = z.object({ turn: z.int() });

const turnsIn = (db: Tables, table: string): Pick<Releases, "turn" | "takeTurn"> => ({
  async turn(product) {
    const Key = turnKeyOf(product);
    const { Item } = await db.get({ TableName: table, Key, ConsistentRead: true });
    return Item === undefined ? 0 : turnRow.parse(Item).turn;
  },

  takeTurn: (product, turn) =>
    isConditionMet(
      db.put({
        TableName: table,
        Item: { ...turnKeyOf(product), turn: turn + 1 },
        ConditionExpression: turn === 0 ? "attribute_not_exists(pk)" : "turn = :turn",
        ...(turn > 0 && { ExpressionAttributeValues: { ":turn": turn } }),
      }),
    ),
});

/**
 * The definitions of releases in the global table of firmware: `releases#<product>` and the id; and
 * the keys of active ones: `active` and `<product>#<id>`. `turns` and the product count its turns.
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
    ...turnsIn(db, table),
  };
};

const read = ({ release }: Record<string, unknown>): Release =>
  schema.parse(JSON.parse(String(release)));
