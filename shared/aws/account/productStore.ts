import * as z from "zod/mini";
import type { ProductContent } from "../../account/product/product.ts";
import type {
  ProductName,
  ProductNames,
  ProductStore,
} from "../../account/product/productStore.ts";
import { Failure } from "../../platform/failure.ts";
import type { DeleteInput, GetInput, PutInput, Tables, UpdateInput } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const productKey = (id: number) => ({ pk: `product#${id}` });

/** Products in the global table of accounts. */
export const dynamoProductStore = (db: Tables, table: string): ProductStore => ({
  async change(id, change, before) {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const same = sameContent(before);
    const update: UpdateInput = {
      TableName: table,
      Key: productKey(id),
      UpdateExpression: `SET ${given.map((_, i) => `#${i} = :${i}`).join(", ")}`,
      ConditionExpression: `${same.condition} AND attribute_not_exists(removal)`,
      ExpressionAttributeNames: {
        ...same.names,
        ...Object.fromEntries(given.map(([member], i) => [`#${i}`, member])),
      },
      ExpressionAttributeValues: {
        ...same.values,
        ...Object.fromEntries(given.map(([, value], i) => [`:${i}`, value])),
      },
    };
    return given.length === 0 || isConditionMet(db.update(update));
  },

  async beginRemoval({ id, ...before }, removal) {
    const same = sameContent(before);
    const update: UpdateInput = {
      TableName: table,
      Key: productKey(id),
      UpdateExpression: "SET removal = if_not_exists(removal, :removal)",
      ConditionExpression: same.condition,
      ExpressionAttributeNames: same.names,
      ExpressionAttributeValues: { ":removal": removal, ...same.values },
    };
    if (await isConditionMet(db.update(update))) return;
    throw new Failure("Product not found", { code: "not_found" });
  },

  async endRemoval(id, expiresAt) {
    const update: UpdateInput = {
      TableName: table,
      Key: productKey(id),
      // Without `username`, the item is not in the index.
      UpdateExpression: "SET removal.done = :true, expiresAt = :expires REMOVE username",
      ConditionExpression: "attribute_exists(removal)",
      ExpressionAttributeValues: { ":true": true, ":expires": Math.ceil(expiresAt / 1_000) },
    };
    await isConditionMet(db.update(update));
  },

  ...transfers(db, table),
});

const contentFields = ["name", "description", "platformId", "owner"] as const;

/** The condition that a row has the given fields. */
const sameContent = (before: Partial<ProductContent>) => {
  const given = contentFields.filter((field) => before[field] !== undefined);
  return {
    condition: given.map((field) => `#same_${field} = :same_${field}`).join(" AND "),
    names: Object.fromEntries(given.map((field) => [`#same_${field}`, field])),
    values: Object.fromEntries(given.map((field) => [`:same_${field}`, before[field]])),
  };
};

type Transfers = Pick<ProductStore, "putOffer" | "endOffer" | "changeOwner">;

const transfers = (db: Tables, table: string): Transfers => {
  const update = (id: number, { when, ...rest }: Update): Promise<boolean> =>
    isConditionMet(
      db.update({
        TableName: table,
        Key: productKey(id),
        ConditionExpression: when,
        ...rest,
      }),
    );
  return {
    putOffer: ({ id, owner, offer: open }, offer) =>
      update(id, {
        UpdateExpression: "SET offer = :offer",
        when: `#owner = :owner AND attribute_not_exists(removal) AND ${
          open ? "offer.id = :open" : "attribute_not_exists(offer)"
        }`,
        ExpressionAttributeNames: { "#owner": "owner" },
        ExpressionAttributeValues: {
          ":offer": offer,
          ":owner": owner,
          ...(open && { ":open": open.id }),
        },
      }),

    endOffer: (id, offer) =>
      update(id, {
        UpdateExpression: "REMOVE offer",
        when: "offer.id = :offer",
        ExpressionAttributeValues: { ":offer": offer },
      }),

    changeOwner: ({ id, owner: from, name, offer: open }, owner, formerOwners) =>
      update(id, {
        // `username` adds the item to the products of its owner.
        UpdateExpression:
          "SET #owner = :owner, username = :owner, formerOwners = :formerOwners REMOVE offer",
        when: `#owner = :from AND #name = :name AND attribute_not_exists(removal) AND ${
          open ? "offer.id = :open" : "attribute_not_exists(offer)"
        }`,
        ExpressionAttributeNames: { "#owner": "owner", "#name": "name" },
        ExpressionAttributeValues: {
          ":owner": owner,
          ":from": from,
          ":name": name,
          ":formerOwners": formerOwners,
          ...(open && { ":open": open.id }),
        },
      }),
  };
};

interface Update {
  readonly UpdateExpression: string;
  /** The condition of the update. */
  readonly when: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

const nameKey = ({ ownerFleet, key }: Pick<ProductName, "ownerFleet" | "key">) => ({
  pk: `productname#${ownerFleet}#${key}`,
});

const nameRow = z.object({
  ownerFleet: z.string(),
  key: z.string(),
  product: z.number(),
  at: z.number(),
});

/** Product names in the same table. */
export const dynamoProductNames = (db: Tables, table: string): ProductNames => ({
  async reserve(name, instead) {
    const put: PutInput = {
      TableName: table,
      Item: { ...nameKey(name), ...name },
      ConditionExpression: instead
        ? "product = :instead AND #at = :at"
        : "attribute_not_exists(pk) OR product = :product",
      ...(instead && { ExpressionAttributeNames: { "#at": "at" } }),
      ExpressionAttributeValues: instead
        ? { ":instead": instead.product, ":at": instead.at }
        : { ":product": name.product },
    };
    if (await isConditionMet(db.put(put))) return undefined;
    const get: GetInput = { TableName: table, Key: nameKey(name), ConsistentRead: true };
    const { Item } = await db.get(get);
    // The name was released in between. The request may be repeated.
    return Item ? nameRow.parse(Item) : { ...name, product: 0 };
  },

  async release({ product, ...name }) {
    const remove: DeleteInput = {
      TableName: table,
      Key: nameKey(name),
      ConditionExpression: "product = :product",
      ExpressionAttributeValues: { ":product": product },
    };
    await isConditionMet(db.delete(remove));
  },
});
