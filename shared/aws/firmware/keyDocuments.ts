import * as z from "zod/mini";
import { keyDocumentsMax } from "../../firmware/limits.ts";
import { envelope } from "../../firmware/signing/envelope.ts";
import type { KeyDocuments } from "../../firmware/signing/keyDocument.ts";
import { Failure } from "../../platform/failure.ts";
import { queryPages, type Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";
import { sortableNumber } from "./rowKeys.ts";

const keyOf = (product: number, number: number) => ({
  pk: `keys#${product}`,
  sk: sortableNumber(number),
});

const row = z.object({ sk: z.string(), signed: envelope });

/** Key documents in the firmware table. A row is written once. */
export const dynamoKeyDocuments = (db: Tables, table: string): KeyDocuments => ({
  list: async (product) => (await readAll(db, table, product)).map(({ signed }) => signed),

  async add(product, number, signed) {
    const write = db.put({
      TableName: table,
      Item: { ...keyOf(product, number), signed },
      ConditionExpression: "attribute_not_exists(pk)",
    });
    if (await isConditionMet(write)) return;
    throw new Failure(`the product has a key document with the number ${number}`, {
      code: "conflict",
    });
  },

  async removeAll(product) {
    for (const { sk } of await readAll(db, table, product)) {
      await db.delete({ TableName: table, Key: { pk: keyOf(product, 0).pk, sk } });
    }
  },
});

const readAll = async (
  db: Tables,
  table: string,
  product: number,
): Promise<z.output<typeof row>[]> => {
  const found: z.output<typeof row>[] = [];
  const pages = queryPages(db, {
    TableName: table,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": keyOf(product, 0).pk },
    ConsistentRead: true,
    Limit: keyDocumentsMax,
  });
  for await (const { Items } of pages) found.push(...Items.map((item) => row.parse(item)));
  return found;
};
