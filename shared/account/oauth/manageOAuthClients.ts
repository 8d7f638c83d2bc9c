import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Accounts } from "../accounts.ts";
import { hashToken, newTokenText } from "../token/token.ts";
import type { TokenCache } from "../token/tokenCache.ts";
import { oauthClientNameCharsMax, oauthClientsMax, redirectUriCharsMax } from "./limits.ts";
import {
  newOAuthClientId,
  type OAuthClient,
  type OAuthClientOwner,
  type OAuthClients,
} from "./oauthClient.ts";
import { scopeList } from "./scopeList.ts";

const name = z.string().check(z.trim(), z.minLength(1), z.maxLength(oauthClientNameCharsMax));

export const oauthClientInput = z
  .object({
    name,
    type: z._default(z.enum(["installed", "web"]), "installed"),
    redirect_uri: z.optional(z.url().check(z.maxLength(redirectUriCharsMax))),
    scope: z.optional(scopeList),
  })
  .check(
    z.refine(({ type, redirect_uri }) => type !== "web" || redirect_uri !== undefined, {
      path: ["redirect_uri"],
      message: "is required for a web client",
    }),
  );

export const oauthClientChange = z.object({
  client: z.string().check(z.maxLength(200)),
  name: z.optional(name),
  scope: z.optional(scopeList),
});

/** Creates an OAuth client. Its secret is returned and not stored. Fails with `limit_reached`. */
export const addOAuthClient = async (
  { name, type, redirect_uri: redirectUri, scope: scopes }: z.output<typeof oauthClientInput>,
  owner: OAuthClientOwner,
  { clients, now }: { clients: OAuthClients; now: () => number },
): Promise<{ client: OAuthClient; secret: string }> => {
  const existing = await clients.list(owner);
  if (existing.length >= oauthClientsMax) {
    throw new Failure(`an owner has at most ${oauthClientsMax} clients`, { code: "limit_reached" });
  }
  const secret = newTokenText();
  const client: OAuthClient = {
    id: newOAuthClientId(name),
    name,
    type,
    ...omitUndefined({ redirectUri }),
    secretHash: hashToken(secret),
    owner,
    ...omitUndefined({ scopes }),
    createdAt: new Date(now()).toISOString(),
  };
  await clients.add(client);
  return { client, secret };
};

/** Returns a client of this owner. Fails with `not_found`, also for a client of another owner. */
export const findOAuthClient = async (
  id: string,
  owner: OAuthClientOwner,
  { clients }: { clients: OAuthClients },
): Promise<OAuthClient> => {
  const client = await clients.find(id);
  if (client !== undefined && isOf(client, owner)) return client;
  throw new Failure("Client not found", { code: "not_found" });
};

const isOf = ({ owner }: OAuthClient, other: OAuthClientOwner): boolean =>
  "username" in owner
    ? "username" in other && owner.username === other.username
    : "product" in other && owner.product === other.product;

interface Deps {
  accounts: Accounts;
  clients: OAuthClients;
  tokenCache: TokenCache;
}

/**
 * Removes an OAuth client and the tokens it obtained for its owner. Tokens of other users expire
 * and are not renewed. Fails with `not_found`.
 */
export const removeOAuthClient = async (
  id: string,
  { owner, username }: { owner: OAuthClientOwner; username: string },
  { accounts, clients, tokenCache }: Deps,
): Promise<void> => {
  await findOAuthClient(id, owner, { clients });
  // The tokens last: until then the client could obtain a new one.
  await clients.remove(id);
  await accounts.removeTokens(username, { client: id });
  tokenCache.evict(({ client }) => client === id);
};
