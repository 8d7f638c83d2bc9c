import type { Accounts } from "../accounts.ts";
import { isLimited, type Token } from "../token.ts";
import { endTokens } from "../user.ts";
import type { TokenCache } from "./tokenCache.ts";

/** The tokens that a token may list: every valid token of its user, or only itself when it is limited. */
export const listOwnTokens = async (
  token: Token,
  { accounts, now }: { accounts: Pick<Accounts, "listTokens">; now: () => number },
): Promise<Token[]> =>
  isLimited(token) ? [token] : listTokensOf(token.username, { accounts, now });

/** The valid tokens of a user. Expired ones stay in the table until its time to live removes them. */
export const listTokensOf = async (
  username: string,
  { accounts, now }: { accounts: Pick<Accounts, "listTokens">; now: () => number },
): Promise<Token[]> => {
  const tokens = await accounts.listTokens(username);
  return tokens.filter(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt > now());
};

/** Ends every token that a token may end: all tokens of its user, or only itself when it is limited. */
export const endOwnTokens = async (
  token: Token,
  { accounts, tokenCache, now }: { accounts: Accounts; tokenCache: TokenCache; now: () => number },
): Promise<void> => {
  if (!isLimited(token)) {
    // First: it also ends the tokens that are being issued now, which the removal may miss.
    await accounts.changeUser(token.username, endTokens(now()));
    await accounts.removeTokens(token.username);
  }
  // The index may not have this token yet.
  await accounts.removeToken(token.hash);
  tokenCache.evict(
    isLimited(token)
      ? ({ hash }) => hash === token.hash
      : ({ username }) => username === token.username,
  );
};
