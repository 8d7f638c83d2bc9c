import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { Product } from "../product/product.ts";
import { issueToken } from "../token/issueToken.ts";
import { hashToken } from "../token/token.ts";
import type { TokenCache } from "../token/tokenCache.ts";
import { type ApiUser, type ApiUsers, newApiUsername } from "./apiUser.ts";
import { apiUsersPerProductMax, friendlyNameCharsMax } from "./limits.ts";
import { scopeList } from "./scopeList.ts";

export const apiUserInput = z.object({
  friendly_name: z.string().check(z.trim(), z.minLength(1), z.maxLength(friendlyNameCharsMax)),
  scopes: scopeList,
});

interface Deps {
  accounts: Accounts;
  apiUsers: ApiUsers;
  now: () => number;
}

/** Creates an API user of a product and its token. Fails with `limit_reached`. */
export const addApiUser = async (
  { friendly_name: friendlyName, scopes }: z.output<typeof apiUserInput>,
  product: Product,
  deps: Deps,
): Promise<{ apiUser: ApiUser; token: string }> => {
  const existing = await deps.apiUsers.list(product.id);
  if (existing.length >= apiUsersPerProductMax) {
    throw new Failure(`a product has at most ${apiUsersPerProductMax} API users`, {
      code: "limit_reached",
    });
  }
  const username = newApiUsername(friendlyName);
  const createdAt = new Date(deps.now()).toISOString();
  return issueApiUserToken(
    { username, friendlyName, product: product.id, scopes, createdAt },
    product,
    deps,
  );
};

/**
 * Issues a token for an API user and stores its hash with the user. A crash in between leaves a
 * token whose text was not returned.
 */
export const issueApiUserToken = async (
  { username, friendlyName, scopes, createdAt }: Omit<ApiUser, "tokenHash">,
  { id: product, fleet }: Product,
  { accounts, apiUsers, now }: Deps,
): Promise<{ apiUser: ApiUser; token: string }> => {
  const grant = { username, fleet, client: "api-user", product, scopes };
  const { text: token } = await issueToken(grant, { expiresInSeconds: 0 }, { accounts, now });
  const tokenHash = hashToken(token);
  const apiUser = { username, friendlyName, product, scopes, createdAt, tokenHash };
  await apiUsers.put(apiUser);
  return { apiUser, token };
};

interface Deps {
  accounts: Accounts;
  apiUsers: ApiUsers;
  tokenCache: TokenCache;
  now: () => number;
}

/**
 * Issues a new token for an API user, with other scopes if given, and revokes the previous one.
 * Fails with `not_found`.
 */
export const changeApiUser = async (
  { username, scopes }: { username: string; scopes?: string[] },
  product: Product,
  deps: Deps,
): Promise<{ apiUser: ApiUser; token: string }> => {
  const before = await findApiUser(username, product, deps);
  const after = { ...before, scopes: scopes ?? before.scopes };
  const given = await issueApiUserToken(after, product, deps);
  await revokeApiUserToken(before, deps);
  return given;
};

/** Removes an API user and revokes its token. Fails with `not_found`. */
export const removeApiUser = async (
  username: string,
  product: Product,
  deps: Omit<Deps, "now">,
): Promise<void> => {
  const apiUser = await findApiUser(username, product, deps);
  // The token first: after a crash in between, a repeated request still finds the user.
  await revokeApiUserToken(apiUser, deps);
  await deps.apiUsers.remove(username);
};

const revokeApiUserToken = async (
  { tokenHash }: ApiUser,
  { accounts, tokenCache }: Pick<Deps, "accounts" | "tokenCache">,
): Promise<void> => {
  await accounts.removeToken(tokenHash);
  tokenCache.evict(({ hash }) => hash === tokenHash);
};

/** Returns the API user of a product. Fails with `not_found`. */
export const findApiUser = async (
  username: string,
  { id }: Product,
  { apiUsers }: Pick<Deps, "apiUsers">,
): Promise<ApiUser> => {
  const found = await apiUsers.find(username);
  if (found?.product === id) return found;
  throw new Failure("There is no such API user", { code: "not_found" });
};
