import { Failure } from "../../platform/failure.ts";
import { lasts } from "../../platform/lasts.ts";
import type { Accounts } from "../accounts.ts";
import { hashToken, type Token } from "../token.ts";
import { tokenFreshMs, tokensCachedMax } from "./limits.ts";

/** Tells whose a token is. */
export interface KnowToken {
  (text: string | undefined): Promise<Token>;
  /** Believes nothing of these tokens any more: they were revoked. */
  forget(which: (token: Token) => boolean): void;
}

const invalid = () =>
  new Failure("The access token provided is invalid.", { code: "invalid_token" });

/**
 * Looks a token up, and believes what it found for `tokenFreshMs`. Fails with `invalid_token` when it is
 * absent, unknown or expired, and when its user is disabled or removed or has ended it. Unknown tokens are not remembered: a flood of them takes no memory. So a token
 * that is revoked by another function, or in another region, may be believed here for `tokenFreshMs` more.
 */
export const knowToken = ({
  accounts,
  now,
}: {
  accounts: Accounts;
  now: () => number;
}): KnowToken => {
  const known = new Map<string, { token: Token; until: number }>();
  const forget: KnowToken["forget"] = (which) => {
    for (const [hash, { token }] of known) if (which(token)) known.delete(hash);
  };
  /**
   * The token, under the name that its user has now: one that was stored during a rename has the former name. Fails when the user is
   * shut out, or has ended the token: one that was being issued at that time may be stored after all others were removed.
   * A product's programs carry on when the user whose product it is may not.
   */
  const checkHolder = async (token: Token): Promise<Token> => {
    if (token.product !== undefined) return token;
    const holder = await accounts.findHolder(token.username);
    if (holder === undefined) return token;
    const isShutOut = holder.disabled === true || holder.removed === true;
    if (isShutOut || token.generation !== holder.tokenGeneration) throw invalid();
    return token.username === holder.username ? token : { ...token, username: holder.username };
  };
  const find = async (text: string | undefined): Promise<Token> => {
    if (text === undefined) {
      throw new Failure("The access token was not found", { code: "invalid_token" });
    }
    const hash = hashToken(text);
    const remembered = known.get(hash);
    const fresh =
      remembered !== undefined && lasts(remembered.until, { now: now(), ms: tokenFreshMs });
    const found = fresh ? remembered.token : await accounts.findToken(hash);
    if (found === undefined || (found.expiresAt ?? Number.POSITIVE_INFINITY) <= now()) {
      known.delete(hash);
      throw invalid();
    }
    if (fresh) return found;
    const token = await checkHolder(found);
    if (known.size >= tokensCachedMax) known.clear();
    known.set(hash, { token, until: now() + tokenFreshMs });
    return token;
  };
  return Object.assign(find, { forget });
};
