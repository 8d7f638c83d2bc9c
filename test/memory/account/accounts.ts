import type { Accounts } from "#shared/account/accounts.ts";
import { tokensListedMax } from "#shared/account/limits.ts";
import { productsPerUserMax } from "#shared/account/product/limits.ts";
import type { Product } from "#shared/account/product/product.ts";
import type { Token } from "#shared/account/token/token.ts";
import type { TokenFamily } from "#shared/account/token/tokenFamily.ts";
import type { User } from "#shared/account/user/user.ts";
import { Failure } from "#shared/platform/failure.ts";

const taken = () => new Failure("there is one already", { code: "already_exists" });

const unlessRemoved = (user: User | undefined) => (user?.removed ? undefined : user);

/** Gives everything of one user to another name. */
const giveAll = <Row>(rows: Map<unknown, Row>, change: (row: Row) => Row): void => {
  for (const [key, row] of rows) rows.set(key, change(row));
};

/** Accounts in memory. */
export const memoryAccounts = (products = new Map<number, Product>()): Accounts => {
  const users = new Map<string, User>();
  /** The fleets of names that their users have left. */
  const former = new Map<string, string>();
  const tokens = new Map<string, Token>();
  const families = new Map<string, TokenFamily>();
  const rowOf = (name: string) =>
    users.get(name) ?? [...users.values()].find(({ fleet }) => fleet === former.get(name));
  return {
    findUser: async (username) => unlessRemoved(users.get(username)),
    findUserByAnyName: async (name) => unlessRemoved(rowOf(name)),
    findUserOrRemoved: async (name) => rowOf(name),
    async addUser(user, { replace }) {
      if (former.has(user.username) || (users.has(user.username) && !replace)) throw taken();
      users.set(user.username, user);
    },
    async changeUser(username, change, verified) {
      const user = users.get(username);
      const code = former.has(username) ? "conflict" : "not_found";
      if (user === undefined) throw new Failure("there is none", { code });
      if (verified && verified.passwordHash !== user.passwordHash) {
        throw new Failure("the password is another one", { code: "conflict" });
      }
      const given = Object.entries(change).filter(([, value]) => value !== undefined);
      users.set(username, { ...user, ...Object.fromEntries(given) });
    },
    async renameUser({ username: from, fleet }, to) {
      const mine = ({ username }: { username: string }) => username === from;
      const moveAll = () => {
        giveAll(tokens, (token) => (mine(token) ? { ...token, username: to } : token));
        giveAll(families, (family) => (mine(family) ? { ...family, username: to } : family));
        giveAll(products, (product) =>
          product.owner === from ? { ...product, owner: to } : product,
        );
      };
      if (former.get(from) === fleet && users.get(to)?.fleet === fleet) return moveAll();
      const user = users.get(from);
      if (user?.fleet !== fleet) throw new Failure("another name", { code: "conflict" });
      if (users.has(to) || (former.get(to) ?? fleet) !== fleet) throw taken();
      former.delete(to);
      users.delete(from);
      former.set(from, fleet);
      users.set(to, { ...user, username: to });
      moveAll();
    },
    findToken: async (hash) => tokens.get(hash),
    async addToken(token) {
      tokens.set(token.hash, token);
    },
    async extendToken(hash, expiresAt) {
      const token = tokens.get(hash);
      if (token !== undefined) tokens.set(hash, { ...token, expiresAt });
      return token !== undefined;
    },
    async removeToken(hash, { keepFamily } = { keepFamily: false }) {
      if (!keepFamily) families.delete(tokens.get(hash)?.family ?? "");
      return tokens.delete(hash);
    },
    listTokens: async (wanted) =>
      [...tokens.values()]
        .filter(({ username }) => username === wanted)
        .sort((a, b) => (a.hash < b.hash ? -1 : 1))
        .slice(0, tokensListedMax),
    async removeTokens(username, which) {
      for (const rows of [tokens, families]) {
        for (const [hash, row] of rows) {
          const members = new Map<string, unknown>(Object.entries(row));
          const wanted = Object.entries(which ?? {}).every(
            ([name, value]) => members.get(name) === value,
          );
          if (row.username === username && wanted) rows.delete(hash);
        }
      }
    },
    async addFamily(family) {
      families.set(family.id, family);
    },
    findFamily: async (id) => families.get(id),
    async replaceFamily(family) {
      const found = families.get(family.id);
      if (found?.version !== family.version - 1 || found.username !== family.username) return false;
      families.set(family.id, family);
      return true;
    },
    findProduct: async (id, { removed } = { removed: false }) => {
      const product = products.get(id);
      return removed || product?.removal === undefined ? product : undefined;
    },
    async addProduct(product) {
      if (products.has(product.id)) throw taken();
      products.set(product.id, product);
    },
    listProducts: async (wanted) =>
      [...products.values()]
        .filter(({ owner, removal }) => owner === wanted && removal === undefined)
        .sort((a, b) => a.id - b.id)
        .slice(0, productsPerUserMax),
  };
};
