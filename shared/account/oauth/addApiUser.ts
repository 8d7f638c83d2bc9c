import * as z from "zod";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { type ApiUser, type ApiUsers, newApiUsername } from "../apiUser.ts";
import type { Product } from "../product.ts";
import { scopeList } from "../scopeList.ts";
import { issueToken } from "../token/issueToken.ts";
import { hashToken } from "../token.ts";
import { apiUsersPerProductMax, friendlyNameCharsMax } from "./limits.ts";

export const apiUserInput = z.object({
  friendly_name: z.string().trim().min(1).max(friendlyNameCharsMax),
  scopes: scopeList,
});

interface Deps {
  accounts: Accounts;
  apiUsers: ApiUsers;
  now: () => number;
}

/** Makes an API user of a product, and the one token that they have. Fails with `limit_reached`. */
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
  return giveToken(
    { username, friendlyName, product: product.id, scopes, createdAt },
    product,
    deps,
  );
};

/**
 * Makes a new token for an API user and keeps it with them. When it dies on the way, what is left is a token whose
 * text nobody knows.
 */
export const giveToken = async (
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
