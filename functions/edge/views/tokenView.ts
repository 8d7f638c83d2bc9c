import { type Token, tokenId } from "#shared/account/token/token.ts";

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
