import type { Token } from "#shared/account/token.ts";
import type { User } from "#shared/account/user.ts";
import { Failure } from "#shared/failure.ts";
import type { Accounts } from "#shared/ports.ts";

/** Accounts in memory. */
export const memoryAccounts = (): Accounts => {
  const users = new Map<string, User>();
  const tokens = new Map<string, Token>();
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
  };
};
