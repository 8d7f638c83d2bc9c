import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { ApiUser, ApiUsers } from "../apiUser.ts";
import type { Product } from "../product.ts";

import type { TokenCache } from "../token/tokenCache.ts";
import { giveToken } from "./addApiUser.ts";

interface Deps {
  accounts: Accounts;
  apiUsers: ApiUsers;
  tokenCache: TokenCache;
  now: () => number;
}

/**
 * Gives an API user a new token, with other scopes where they are given; the one before ends. Fails with
 * `not_found`.
 */
export const changeApiUser = async (
  { username, scopes }: { username: string; scopes?: string[] },
  product: Product,
  deps: Deps,
): Promise<{ apiUser: ApiUser; token: string }> => {
  const before = await findApiUser(username, product, deps);
  const after = { ...before, scopes: scopes ?? before.scopes };
  const given = await giveToken(after, product, deps);
  await endToken(before, deps);
  return given;
};

/** Removes an API user and ends their token. Fails with `not_found`. */
export const removeApiUser = async (
  username: string,
  product: Product,
  deps: Omit<Deps, "now">,
): Promise<void> => {
  const apiUser = await findApiUser(username, product, deps);
  // The token first: when this dies in between, whoever asks again still finds the user.
  await endToken(apiUser, deps);
  await deps.apiUsers.remove(username);
};

const endToken = async (
  { tokenHash }: ApiUser,
  { accounts, tokenCache }: Pick<Deps, "accounts" | "tokenCache">,
): Promise<void> => {
  await accounts.removeToken(tokenHash);
  tokenCache.evict(({ hash }) => hash === tokenHash);
};

/** The API user of a product. Fails with `not_found`. */
export const findApiUser = async (
  username: string,
  { id }: Product,
  { apiUsers }: Pick<Deps, "apiUsers">,
): Promise<ApiUser> => {
  const found = await apiUsers.find(username);
  if (found?.product === id) return found;
  throw new Failure("There is no such API user", { code: "not_found" });
};
