import type { Accounts } from "../accounts.ts";
import type { OAuthClientOwner, OAuthClients } from "../oauthClient.ts";
import type { TokenCache } from "../token/tokenCache.ts";
import { findOAuthClient } from "./findOAuthClient.ts";

interface Deps {
  accounts: Accounts;
  clients: OAuthClients;
  tokenCache: TokenCache;
}

/**
 * Removes an OAuth client, and the tokens that it got for its owner; those that others got by it end by
 * themselves and are not renewed. Fails with `not_found`.
 */
export const removeOAuthClient = async (
  id: string,
  { owner, username }: { owner: OAuthClientOwner; username: string },
  { accounts, clients, tokenCache }: Deps,
): Promise<void> => {
  await findOAuthClient(id, owner, { clients });
  // The tokens last, or it could get one in between.
  await clients.remove(id);
  await accounts.removeTokens(username, { client: id });
  tokenCache.evict(({ client }) => client === id);
};
