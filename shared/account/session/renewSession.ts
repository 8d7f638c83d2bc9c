import { hourMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { hashSession } from "../token/token.ts";
import type { TokenCache } from "../token/tokenCache.ts";
import { sessionIdleHours, sessionRenewalMs } from "./limits.ts";
import type { BrowserSession } from "./session.ts";

interface Deps {
  readonly accounts: Pick<Accounts, "extendToken" | "removeToken">;
  readonly tokenCache: TokenCache;
  readonly now: () => number;
}

/**
 * Extends a browser session by `sessionIdleHours` from now, until its `sessionDaysMax` have passed.
 * A concurrent sign-out wins. Fails with `invalid_token`.
 */
export const renewSession = async (text: string, deps: Deps): Promise<BrowserSession> => {
  const { accounts, tokenCache, now } = deps;
  const { session, username, expiresAt: before = 0, hash } = await tokenCache.lookUpSession(text);
  const { until, operator = false } = session;
  const extended = Math.min(now() + sessionIdleHours * hourMs, until);
  if (extended - before < sessionRenewalMs) return { text, username, expiresAt: before, operator };
  if (!(await accounts.extendToken(hash, extended))) {
    throw new Failure("You were signed out", { code: "invalid_token" });
  }
  tokenCache.evict((token) => token.hash === hash);
  return { text, username, expiresAt: extended, operator };
};

/** Ends a browser session. Does nothing if there is none. */
export const endSession = async (
  text: string,
  { accounts, tokenCache }: Pick<Deps, "accounts" | "tokenCache">,
): Promise<void> => {
  const ended = hashSession(text);
  await accounts.removeToken(ended);
  tokenCache.evict(({ hash }) => hash === ended);
};
