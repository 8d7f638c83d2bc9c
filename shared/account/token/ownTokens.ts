import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { tokenIdChars } from "../limits.ts";
import { tokenRevocation } from "../user/user.ts";
import { hashToken, isLimited, type Token, tokenId } from "./token.ts";
import type { TokenCache } from "./tokenCache.ts";

/** The tokens that a token may list: every valid token of its user, or only itself when it is limited. */
export const listOwnTokens = async (
  token: Token,
  { accounts, now }: { accounts: Pick<Accounts, "listTokens">; now: () => number },
): Promise<Token[]> =>
  isLimited(token) ? [token] : listValidTokens(token.username, { accounts, now });

/** The valid tokens of a user. Expired ones stay in the table until its time to live removes them. */
export const listValidTokens = async (
  username: string,
  { accounts, now }: { accounts: Pick<Accounts, "listTokens">; now: () => number },
): Promise<Token[]> => {
  const tokens = await accounts.listTokens(username);
  return tokens.filter(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt > now());
};

/** Ends every token that a token may end: all tokens of its user, or only itself when it is limited. */
export const revokeOwnTokens = async (
  token: Token,
  { accounts, tokenCache, now }: { accounts: Accounts; tokenCache: TokenCache; now: () => number },
): Promise<void> => {
  if (!isLimited(token)) {
    // First: it also ends the tokens that are being issued now, which the removal may miss.
    await accounts.changeUser(token.username, tokenRevocation(now()));
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

const isId = (given: string): boolean => given.length === tokenIdChars && /^[0-9a-f]+$/.test(given);

/**
 * Ends one token, given as its text, which is authority enough, or as the id that a list shows, by whoever holds
 * another token of the same user. A limited token ends no other token by its id. Fails with `not_found`.
 */
export const revokeToken = async (
  given: string,
  holder: string | undefined,
  { accounts, tokenCache }: { accounts: Accounts; tokenCache: TokenCache },
): Promise<void> => {
  const hash = isId(given)
    ? await findById(given, holder, { accounts, tokenCache })
    : hashToken(given);
  const wasThere = hash !== undefined && (await accounts.removeToken(hash));
  tokenCache.evict((token) => token.hash === hash);
  if (!wasThere) throw new Failure("Token not found", { code: "not_found" });
};

const findById = async (
  id: string,
  holder: string | undefined,
  { accounts, tokenCache }: { accounts: Accounts; tokenCache: TokenCache },
): Promise<string | undefined> => {
  // Not 401: Particle's command line sends no token here, and would take that for a log-out.
  if (holder === undefined) return undefined;
  const token = await tokenCache.lookUp(holder);
  // A limited token ends only itself.
  const tokens = isLimited(token) ? [token] : await accounts.listTokens(token.username);
  return tokens.find((one) => tokenId(one) === id)?.hash;
};
