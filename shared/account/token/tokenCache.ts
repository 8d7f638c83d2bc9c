import { Failure } from "../../platform/failure.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { Accounts } from "../accounts.ts";
import { tokenCacheMs, tokensCachedMax } from "./limits.ts";
import { hashToken, type Token } from "./token.ts";

/** Validated access tokens, cached in the memory of one worker. */
export interface TokenCache {
  /** Returns the token with this text. Fails with `invalid_token`. */
  lookUp(text: string | undefined): Promise<Token>;
  /** Removes the matching tokens from the cache. Called after they are revoked. */
  evict(matches: (token: Token) => boolean): void;
}

const invalid = () =>
  new Failure("The access token provided is invalid.", { code: "invalid_token" });

/**
 * Creates a token cache. `lookUp` reads a token and its user from the table and caches the token
 * for `cacheMs`. A token that another worker or another region revokes stays valid here for up to
 * `cacheMs`. Unknown tokens are not cached, so a flood of them uses no memory.
 *
 * `lookUp` fails with `invalid_token` when the token is missing, unknown, expired or revoked, and
 * when its user is disabled or removed.
 */
export const createTokenCache = ({
  accounts,
  now,
  cacheMs = tokenCacheMs,
}: {
  accounts: Accounts;
  now: () => number;
  /** 0 reads every token from the table. */
  cacheMs?: number;
}): TokenCache => {
  const cached = new Map<string, { token: Token; until: number }>();
  /**
   * Returns the token with the current name of its user: a token that was stored during a rename
   * has the former name. Fails when the user is disabled or removed, or has revoked the token. The
   * generation also detects a token that was stored after all others were removed. Tokens of a
   * product stay valid when the owner of the product is disabled.
   */
  const checkUser = async (token: Token): Promise<Token> => {
    if (token.product !== undefined) return token;
    const user = await accounts.findUserOrRemoved(token.username);
    if (user === undefined) return token;
    const isBlocked = user.disabled === true || user.removed === true;
    if (isBlocked || token.generation !== user.tokenGeneration) throw invalid();
    return token.username === user.username ? token : { ...token, username: user.username };
  };
  return {
    async lookUp(text) {
      if (text === undefined) {
        throw new Failure("The access token was not found", { code: "invalid_token" });
      }
      const hash = hashToken(text);
      const entry = cached.get(hash);
      const isFresh = entry !== undefined && isUnexpired(entry.until, { now: now(), ms: cacheMs });
      const found = isFresh ? entry.token : await accounts.findToken(hash);
      if (found === undefined || (found.expiresAt ?? Number.POSITIVE_INFINITY) <= now()) {
        cached.delete(hash);
        throw invalid();
      }
      if (isFresh) return found;
      const token = await checkUser(found);
      if (cached.size >= tokensCachedMax) cached.clear();
      cached.set(hash, { token, until: now() + cacheMs });
      return token;
    },
    evict(matches) {
      for (const [hash, { token }] of cached) if (matches(token)) cached.delete(hash);
    },
  };
};
