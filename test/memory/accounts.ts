import type { Product } from "#shared/account/product.ts";
import type { Token } from "#shared/account/token.ts";
import type { User } from "#shared/account/user.ts";
import { Failure } from "#shared/failure.ts";
import { productsPerUserMax } from "#shared/limits.ts";
import type { Accounts } from "#shared/ports.ts";

/** Accounts in memory. */
export const memoryAccounts = (): Accounts => {
  const users = new Map<string, User>();
  const tokens = new Map<string, Token>();
  const products = new Map<number, Product>();
  return {
    findUser: async (username) => users.get(username),
    async addUser(user, { replace }) {
      if (users.has(user.username) && !replace) {
        throw new Failure("there is one already", { code: "already_exists" });
      }
      users.set(user.username, user);
    },
    findToken: async (hash) => tokens.get(hash),
    async addToken(token) {
      tokens.set(token.hash, token);
    },
    findProduct: async (id) => products.get(id),
    async addProduct(product) {
      if (products.has(product.id)) {
        throw new Failure("there is one already", { code: "already_exists" });
      }
      products.set(product.id, product);
    },
    listProducts: async (wanted) =>
      [...products.values()]
        .filter(({ owner }) => owner === wanted)
        .sort((a, b) => a.id - b.id)
        .slice(0, productsPerUserMax),
  };
};
