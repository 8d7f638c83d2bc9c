import { type Token, tokenId } from "#shared/account/token/token.ts";

/** The token that asks, as Particle's clients expect it: `null` is for ever. */
export const currentTokenView = ({ expiresAt, client, scopes }: Token) => ({
  expires_at: expiryText(expiresAt),
  client,
  client_id: client,
  scopes: scopes ?? [],
  orgs: [],
});

/** A token in a list. Its text is known to nobody: `token` is an id, by which its user may end it. */
export const tokenView = (token: Token) => ({
  token: tokenId(token),
  id: tokenId(token),
  expires_at: expiryText(token.expiresAt),
  client: token.client,
  created_at: token.createdAt,
});

const expiryText = (expiresAt: number | undefined): string | null =>
  expiresAt === undefined ? null : new Date(expiresAt).toISOString();
