import type { OAuthClient } from "#shared/account/oauth/oauthClient.ts";
import { type Token, tokenId } from "#shared/account/token/token.ts";
import type { AccountInfo } from "#shared/account/user/user.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import type { OAuthClientBody } from "#shared/routes/clientRoutes.ts";
import type { UserBody } from "#shared/routes/userRoutes.ts";

/** A user in Particle's format. The device counts are always 0. */
export const userView = (
  { username, accountInfo }: { username: string; accountInfo?: AccountInfo | undefined },
  { hasSecondFactor }: { hasSecondFactor: boolean } = { hasSecondFactor: false },
): UserBody => ({
  username,
  tos: 0,
  account_info: accountInfo ?? {},
  mfa: { enabled: hasSecondFactor },
  memberships: [],
  scim_provisioned: false,
  no_password: false,
  wifi_device_count: 0,
  cellular_device_count: 0,
});

/** The token of the request, in Particle's format. `expires_at: null`: it never expires. */
export const currentTokenView = ({ expiresAt, client, scopes }: Token) => ({
  expires_at: expiryText(expiresAt),
  client,
  client_id: client,
  scopes: scopes ?? [],
  orgs: [],
});

/**
 * A token in a list. Only its hash is stored: `token` is an id, with which its user can revoke it.
 */
export const tokenView = (token: Token) => ({
  token: tokenId(token),
  id: tokenId(token),
  expires_at: expiryText(token.expiresAt),
  client: token.client,
  created_at: token.createdAt,
});

const expiryText = (expiresAt: number | undefined): string | null =>
  expiresAt === undefined ? null : new Date(expiresAt).toISOString();

/** An OAuth client in Particle's format, without its secret. */
export const oauthClientView = ({
  id,
  name,
  type,
  redirectUri,
  owner,
  scopes,
}: OAuthClient): OAuthClientBody => ({
  name,
  type,
  id,
  ...omitUndefined({ redirect_uri: redirectUri }),
  ...("product" in owner && { product_id: owner.product }),
  ...(scopes !== undefined && { scope: scopes.join(" ") }),
});
