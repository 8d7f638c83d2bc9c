import type { Announce } from "../../audit/announce.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { tokenIdChars } from "../limits.ts";
import { tokenRevocation } from "../user/user.ts";
import { hashToken, isLimited, type Token, tokenId } from "./token.ts";
import type { TokenCache } from "./tokenCache.ts";

/**
 * The tokens that a token can list: all valid tokens of its user, or only itself if it is limited.
 */
export const listOwnTokens = async (
  token: Token,
  { accounts, now }: { accounts: Pick<Accounts, "listTokens">; now: () => number },
): Promise<Token[]> =>
  isLimited(token) ? [token] : listValidTokens(token.username, { accounts, now });

/** The valid tokens of a user. The table removes expired ones after a while. */
export const listValidTokens = async (
  username: string,
  { accounts, now }: { accounts: Pick<Accounts, "listTokens">; now: () => number },
): Promise<Token[]> => {
  const tokens = await accounts.listTokens(username);
  return tokens.filter(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt > now());
};

/**
 * Revokes all tokens that a token can revoke: all tokens of its user, or only itself if it is
 * limited.
 */
export const revokeOwnTokens = async (
  token: Token,
  { accounts, tokenCache, now }: { accounts: Accounts; tokenCache: TokenCache; now: () => number },
): Promise<void> => {
  if (!isLimited(token)) {
    // First: the generation also revokes tokens that are issued concurrently, which the removal may
    // miss.
    await accounts.changeUser(token.username, tokenRevocation(now()));
    await accounts.removeTokens(token.username);
  }
  // The index may not contain this token yet.
  await accounts.removeToken(token.hash);
  tokenCache.evict(
    isLimited(token)
      ? ({ hash }) => hash === token.hash
      : ({ username }) => username === token.username,
  );
};

const isId = (given: string): boolean => given.length === tokenIdChars && /^[0-9a-f]+$/.test(given);

/** The text of the token or of the browser session of a request, if it has one. */
interface Holder {
  readonly token?: string | undefined;
  readonly session?: string | undefined;
}

/**
 * Revokes one token, given as its text or as an id from a list. The text is sufficient authority.
 * An id requires another token of the same user, and a limited token can revoke only itself. Fails
 * with `not_found`. `readHolder` is called only for an id.
 */
export const revokeToken = async (
  given: string,
  readHolder: () => Holder,
  {
    accounts,
    tokenCache,
    announce,
  }: { accounts: Accounts; tokenCache: TokenCache; announce: Announce },
): Promise<void> => {
  const hash = isId(given)
    ? await findById(given, readHolder(), { accounts, tokenCache })
    : hashToken(given);
  const token = hash === undefined ? undefined : await accounts.findToken(hash);
  if (token !== undefined) await announce(token);
  const wasThere = hash !== undefined && (await accounts.removeToken(hash));
  tokenCache.evict((token) => token.hash === hash);
  if (!wasThere) throw new Failure("Token not found", { code: "not_found" });
};

const findById = async (
  id: string,
  holder: Holder,
  { accounts, tokenCache }: { accounts: Accounts; tokenCache: TokenCache },
): Promise<string | undefined> => {
  // Not 401: particle-cli sends no token here and would log its user out.
  if (holder.token === undefined && holder.session === undefined) return undefined;
  const token = await (holder.session === undefined
    ? tokenCache.lookUp(holder.token)
    : tokenCache.lookUpSession(holder.session));
  // A limited token revokes only itself.
  const tokens = isLimited(token) ? [token] : await accounts.listTokens(token.username);
  return tokens.find((one) => tokenId(one) === id)?.hash;
};
