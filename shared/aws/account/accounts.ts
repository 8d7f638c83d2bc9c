import { randomUUID } from "node:crypto";
import type { Accounts } from "../../account/accounts.ts";
import { tokensListedMax } from "../../account/limits.ts";
import { productsPerUserMax } from "../../account/product/limits.ts";
import { product as productSchema } from "../../account/product/product.ts";
import { type Token, token as tokenSchema } from "../../account/token/token.ts";
import type { User } from "../../account/user/user.ts";
import { Failure } from "../../platform/failure.ts";
import { type DeleteInput, type GetInput, queryPages, type Tables } from "../call/tables.ts";
import { expiryAttributes, putIfAbsent, updateAttributes } from "../platform/rows.ts";
import { renamedConflict, renameUser, storeMoved } from "./renameUser.ts";
import { dynamoTokenFamilies, familyKey, familyPrefix } from "./tokenFamilies.ts";
import { findUserRow, pointers, readUserRow, userKey } from "./userRows.ts";

const productKey = (id: number) => ({ pk: `product#${id}` });
const tokenKey = (hash: string) => ({ pk: `token#${hash}` });

/** The index of items by user. Its attribute `username` is the user's name. */
export const byUserIndex = "byUser";

// The attribute `expiresAt` of the table is in seconds, for its time to live.
const readToken = (item: Record<string, unknown>): Token =>
  tokenSchema.parse({ ...item, expiresAt: item.expiresAtMs });
/** Access to the table. */
interface Rows {
  readonly db: Tables;
  readonly table: string;
  find(Key: { pk: string }): Promise<Record<string, unknown> | undefined>;
  /** Returns whether it existed. */
  remove(Key: { pk: string }): Promise<boolean>;
  /** The query for a user's items with this key prefix. */
  ofUser(username: string, prefix: string): Query;
}

interface Query {
  readonly TableName: string;
  readonly IndexName: string;
  readonly KeyConditionExpression: string;
  readonly ExpressionAttributeValues: Record<string, string>;
}

/** Users, tokens and products in a DynamoDB global table. */
export const dynamoAccounts = (db: Tables, table: string): Accounts => {
  const rows: Rows = {
    db,
    table,
    async find(Key) {
      const get: GetInput = { TableName: table, Key, ConsistentRead: true };
      return (await db.get(get)).Item;
    },
    async remove(Key) {
      const remove: DeleteInput = { TableName: table, Key, ReturnValues: "ALL_OLD" };
      return (await db.delete(remove)).Attributes !== undefined;
    },
    ofUser: (username, prefix) => ({
      TableName: table,
      IndexName: byUserIndex,
      KeyConditionExpression: "username = :user AND begins_with(pk, :prefix)",
      ExpressionAttributeValues: { ":user": username, ":prefix": prefix },
    }),
  };
  return {
    ...users(rows),
    ...tokens(rows),
    ...dynamoTokenFamilies(db, table),
    ...products(rows),
  };
};

type Tokens = Pick<
  Accounts,
  "findToken" | "addToken" | "extendToken" | "removeToken" | "listTokens" | "removeTokens"
>;

const tokens = ({ db, table, find, remove, ofUser }: Rows): Tokens => ({
  // A strongly consistent read: a token may be used immediately after it was issued, and a client
  // that gets a 401 logs its user out.
  async findToken(hash) {
    const item = await find(tokenKey(hash));
    return item && readToken(item);
  },

  async addToken({ expiresAt, ...token }) {
    const Item = { ...tokenKey(token.hash), ...token, ...expiryAttributes(expiresAt) };
    await db.put({ TableName: table, Item });
  },

  async extendToken(hash, expiresAt) {
    const members = expiryAttributes(expiresAt);
    try {
      await updateAttributes(db, { table, Key: tokenKey(hash), members });
      return true;
    } catch (error) {
      if (error instanceof Failure && error.code === "not_found") return false;
      throw error;
    }
  },

  async removeToken(hash, { keepFamily } = { keepFamily: false }) {
    const item = await find(tokenKey(hash));
    if (item === undefined) return false;
    // The family first: after a crash in between, a repeated request still finds the token.
    const { family } = readToken(item);
    if (family !== undefined && !keepFamily) await remove(familyKey(family));
    return remove(tokenKey(hash));
  },

  async listTokens(username) {
    const tokens: Token[] = [];
    for await (const { Items = [] } of queryPages(db, ofUser(username, "token#"))) {
      tokens.push(...Items.map(readToken));
      if (tokens.length >= tokensListedMax) break;
    }
    return tokens.slice(0, tokensListedMax);
  },

  async removeTokens(username, which) {
    const isSelected = (item: Record<string, unknown>): boolean =>
      Object.entries(which ?? {}).every(([name, value]) => item[name] === value);
    for (const prefix of [familyPrefix, "token#"]) {
      for await (const { Items = [] } of queryPages(db, ofUser(username, prefix))) {
        const wanted = Items.filter(isSelected);
        for (const { pk } of wanted) await remove({ pk: String(pk) });
      }
    }
  },
});

type Users = Pick<
  Accounts,
  "findUser" | "findUserByAnyName" | "addUser" | "changeUser" | "renameUser" | "findUserOrRemoved"
>;

const unlessRemoved = (user: User | undefined): User | undefined =>
  user?.removed ? undefined : user;

const users = ({ db, table, find }: Rows): Users => ({
  findUser: async (name) => unlessRemoved(await findUserRow(find, name, { former: false })),

  findUserByAnyName: async (name) => unlessRemoved(await findUserRow(find, name, { former: true })),

  findUserOrRemoved: (name) => findUserRow(find, name, { former: true }),

  async addUser(user, { replace }) {
    const what = `a user ${user.username}`;
    const Item = { ...userKey(user.username), ...user, revision: randomUUID() };
    const condition = replace
      ? { expression: pointers.map((name) => `attribute_not_exists(${name})`).join(" AND ") }
      : { expression: "attribute_not_exists(pk)" };
    await putIfAbsent(db, { table, Item, what, condition });
  },

  async changeUser(username, change, verified) {
    if (Object.values(change).every((value) => value === undefined)) return;
    const Key = userKey(username);
    const failing = `there is no user ${username}`;
    const write = () =>
      updateAttributes(db, {
        table,
        Key,
        members: { ...change, revision: randomUUID() },
        unless: pointers,
        ...(verified && { only: { passwordHash: verified.passwordHash } }),
        failing,
      });
    try {
      await write();
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      const row = readUserRow(await find(Key));
      if (row?.kind === "former") throw renamedConflict(username, cause);
      if (row?.kind === "user") {
        throw new Failure("the password is being changed by another request, try again", {
          code: "conflict",
          cause,
        });
      }
      // The user has this name, but the worker that renamed them has not stored the row yet.
      const from = row?.kind === "reserved" ? row.comesFrom : undefined;
      const source = from === undefined ? undefined : readUserRow(await find(userKey(from)));
      if (from === undefined || source?.kind !== "former" || source.renamedTo !== username)
        throw cause;
      if (source.moved !== undefined)
        await storeMoved({ db, table }, { from, to: username }, source.moved);
      await write();
    }
  },

  renameUser: ({ username: from, fleet }, to) =>
    renameUser({ db, table, find, index: byUserIndex }, { fleet, from, to }),
});

type Products = Pick<Accounts, "findProduct" | "addProduct" | "listProducts">;

const products = ({ db, table, find, ofUser }: Rows): Products => ({
  async findProduct(id, { removed } = { removed: false }) {
    const item = await find(productKey(id));
    const product = item && productSchema.parse(item);
    return removed || product?.removal === undefined ? product : undefined;
  },

  async addProduct(product) {
    // `username` adds the item to the index.
    const Item = { ...productKey(product.id), username: product.owner, ...product };
    await putIfAbsent(db, { table, Item, what: `a product ${product.id}` });
  },

  async listProducts(owner) {
    const { Items = [] } = await db.query({
      ...ofUser(owner, "product#"),
      Limit: productsPerUserMax,
    });
    const products = Items.map((item) => productSchema.parse(item));
    return products.filter(({ removal }) => removal === undefined);
  },
});

/**
 * The index key of items that belong to a product. Usernames are in lower case, so it cannot be a
 * username.
 */
export const productPartition = (product: number): string => `Product#${product}`;
