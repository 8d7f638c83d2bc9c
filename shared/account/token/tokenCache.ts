import { Failure } from "../../platform/failure.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { Accounts } from "../accounts.ts";
import { tokenCacheMs, tokensCachedMax } from "./limits.ts";
import { hashSession, hashToken, type Token } from "./token.ts";

/** Validated access tokens, cached in the memory of one worker. */
export interface TokenCache {
  /** Returns the token with this text. Fails with `invalid_token`. */
  lookUp(text: string | undefined): Promise<Token>;
  /** Returns the browser session with this text of its cookie. Fails with `invalid_token`. */
  lookUpSession(text: string): Promise<SessionToken>;
  /** Removes the matching tokens from the cache. Called after they are revoked. */
  evict(matches: (token: Token) => boolean): void;
}

/** A token that is a browser session. */
export type SessionToken = Token & Required<Pick<Token, "session">>;

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
    if (user === undefined) {
      if (token.session !== undefined) throw invalid();
      return token;
    }
    const isBlocked = user.disabled === true || user.removed === true;
    if (isBlocked || token.generation !== user.tokenGeneration) throw invalid();
    // A new password ends browser sessions, as it ends the refresh tokens of log-ins.
    if (token.session !== undefined && token.session.generation !== user.sessionGeneration) {
      throw invalid();
    }
    return token.username === user.username ? token : { ...token, username: user.username };
  };
  const hasExpired = ({ expiresAt = Number.POSITIVE_INFINITY }: Token): boolean =>
    expiresAt <= now();
  const find = async (hash: string): Promise<Token> => {
    const entry = cached.get(hash);
    const isFresh = entry !== undefined && isUnexpired(entry.until, { now: now(), ms: cacheMs });
    // Another worker may have extended an expired one: a browser session.
    if (isFresh && !hasExpired(entry.token)) return entry.token;
    cached.delete(hash);
    const found = await accounts.findToken(hash);
    if (found === undefined || hasExpired(found)) throw invalid();
    const token = await checkUser(found);
    if (cached.size >= tokensCachedMax) cached.clear();
    cached.set(hash, { token, until: now() + cacheMs });
    return token;
  };
  return {
    async lookUp(text) {
      if (text === undefined) {
        throw new Failure("The access token was not found", { code: "invalid_token" });
      }
      return find(hashToken(text));
    },
    async lookUpSession(text) {
      const token = await find(hashSession(text));
      const { session } = token;
      if (session === undefined) throw invalid();
      return { ...token, session };
    },
    evict(matches) {
      for (const [hash, { token }] of cached) if (matches(token)) cached.delete(hash);
    },
  };
};
