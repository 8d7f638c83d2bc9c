import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { User } from "../user/user.ts";
import { type IssuedToken, refreshEndsAt, storeToken } from "./issueToken.ts";
import { refreshAttemptsMax } from "./limits.ts";
import { hashToken, newTokenText } from "./token.ts";
import type { TokenCache } from "./tokenCache.ts";
import {
  classifyRefresh,
  hashRefresh,
  newRefreshText,
  readRefreshText,
  renewFamily,
  type TokenFamily,
} from "./tokenFamily.ts";

interface Deps {
  accounts: Accounts;
  tokenCache: TokenCache;
  now: () => number;
  /** Called when a used refresh token is presented again. */
  onReuse: (family: TokenFamily) => void;
}

/**
 * Exchanges a refresh token for a new access token and a new refresh token. The lifetime of the
 * access token is `chosen` seconds, limited by the first token of its family. A used refresh token
 * revokes the whole family, unless it is presented again within `refreshGraceMs`: the reply was
 * then probably lost, and the client gets another refresh token
 * (docs/adr/0031-refresh-token-families.md). Fails with `invalid_grant`.
 */
export const refresh = async (
  { text, client, chosen }: { text: string; client: string; chosen: number | undefined },
  deps: Deps,
): Promise<IssuedToken> => {
  const presented = readRefreshText(text);
  if (presented === undefined) throw invalid();
  const accessText = newTokenText();
  const issuedToken = hashToken(accessText);
  for (let tries = 0; tries < refreshAttemptsMax; tries += 1) {
    const family = await deps.accounts.findFamily(presented.id);
    const now = deps.now();
    if (family === undefined || family.client !== client || family.expiresAt <= now) break;
    const verdict = classifyRefresh(family, presented.hash, now);
    if (verdict === "reused") {
      await revokeFamily(family, deps);
      break;
    }
    if (verdict === "busy") break;
    const user = await activeUserOf(family, deps);
    if (user === undefined) break;
    const expiresInSeconds = limitLifetime(chosen, family.lifetimeSeconds);
    // Store the access token first: a family must not list a token that is stored after the family
    // was revoked.
    const grant = { ...family, family: family.id, generation: user.tokenGeneration };
    await storeToken(issuedToken, grant, { expiresInSeconds }, deps);
    const refreshText = newRefreshText(presented.familyPart);
    const renewed = renewFamily(family, verdict, {
      refresh: hashRefresh(refreshText),
      token: issuedToken,
      expiresAt: refreshEndsAt(expiresInSeconds, now),
      now,
    });
    if (await deps.accounts.replaceFamily(renewed)) {
      return { text: accessText, refresh: refreshText, expiresInSeconds };
    }
  }
  // The text of this token was not returned to the client.
  await deps.accounts.removeToken(issuedToken, { keepFamily: true });
  throw invalid();
};

const invalid = () => new Failure("The refresh token is invalid", { code: "invalid_grant" });

/**
 * The user of a family; `undefined` when they have revoked earlier log-ins, are disabled, or are
 * removed.
 */
const activeUserOf = async (
  { username, startedAt, sessionGeneration }: TokenFamily,
  { accounts }: Pick<Deps, "accounts">,
): Promise<User | undefined> => {
  const user = await accounts.findUser(username);
  if (user === undefined || user.disabled === true) return undefined;
  const isOver =
    startedAt < (user.sessionsFrom ?? 0) || sessionGeneration !== user.sessionGeneration;
  return isOver ? undefined : user;
};

/** The chosen lifetime, limited by the first one of the family. 0 means that it never expires. */
const limitLifetime = (chosen: number | undefined, first: number): number => {
  if (chosen === undefined) return first;
  if (first === 0) return chosen;
  return chosen === 0 ? first : Math.min(chosen, first);
};

/**
 * Revokes all refresh tokens and access tokens of a family. The mark is written first and stays:
 * after a crash in between, the refresh tokens are invalid, and the next use of one of them revokes
 * the access tokens.
 */
const revokeFamily = async (found: TokenFamily, deps: Deps): Promise<void> => {
  const { accounts, tokenCache, onReuse } = deps;
  let family: TokenFamily | undefined = found;
  for (let tries = 0; family !== undefined && family.revoked !== true; tries += 1) {
    if (tries === refreshAttemptsMax) {
      throw new Failure("The token is in use. Try again.", { code: "conflict" });
    }
    const marked: TokenFamily = { ...family, revoked: true, version: family.version + 1 };
    if (await accounts.replaceFamily(marked)) {
      onReuse(marked);
      family = marked;
    } else family = await accounts.findFamily(found.id);
  }
  if (family === undefined) return;
  const { id, username, tokens } = family;
  for (const hash of tokens) await accounts.removeToken(hash, { keepFamily: true });
  // Older tokens are in the index by now.
  await accounts.removeTokens(username, { family: id });
  tokenCache.evict((token) => token.family === id);
};
