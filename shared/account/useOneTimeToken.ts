import { Failure } from "../platform/failure.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import type { Accounts } from "./accounts.ts";
import type { ClaimOf, OneTimeToken, Purpose } from "./oneTimeToken.ts";
import type { OneTimeTokens } from "./oneTimeTokens.ts";
import { hashToken, newTokenText } from "./token.ts";
import type { User } from "./user.ts";

interface Deps {
  accounts: Pick<Accounts, "findOwner">;
  oneTimeTokens: OneTimeTokens;
  now: () => number;
}

/** Makes a one-time token for a user, and answers its text. */
export const addOneTimeToken = async (
  { fleet, username, sessionGeneration }: Pick<User, "fleet" | "username" | "sessionGeneration">,
  { claim, lifetimeMs }: { claim: OneTimeToken["claim"]; lifetimeMs: number },
  { oneTimeTokens, now }: Pick<Deps, "oneTimeTokens" | "now">,
): Promise<string> => {
  const text = newTokenText();
  await oneTimeTokens.add({
    hash: hashToken(text),
    fleet,
    username,
    claim,
    ...omitUndefined({ generation: sessionGeneration }),
    createdAt: now(),
    expiresAt: now() + lifetimeMs,
  });
  return text;
};

/**
 * The user and the claim of a one-time token, which stays valid until it is removed; `username` is the name that the user had when
 * the token was made. Fails with `invalid_grant` when it is unknown,
 * expired, of another purpose, or older than the user's last change of password.
 */
export const findOneTimeToken = async <Name extends Purpose>(
  text: string,
  purpose: Name,
  { accounts, oneTimeTokens, now }: Deps,
): Promise<{ hash: string; user: User; claim: ClaimOf<Name>; username: string }> => {
  const token = await oneTimeTokens.find(hashToken(text));
  if (token === undefined || token.expiresAt <= now() || !isOf(token.claim, purpose)) {
    throw expired();
  }
  const { claim } = token;
  // The user may have another name by now.
  const user = await accounts.findOwner(token.username);
  if (user?.fleet !== token.fleet || token.createdAt < (user.sessionsFrom ?? 0)) throw expired();
  if (token.generation !== user.sessionGeneration) throw expired();
  return { hash: token.hash, user, claim, username: token.username };
};

const isOf = <Name extends Purpose>(
  claim: OneTimeToken["claim"],
  purpose: Name,
): claim is ClaimOf<Name> => claim.purpose === purpose;

/** What an unknown, used or expired token answers. */
export const expired = () =>
  new Failure("The token is invalid, was used before, or has expired", { code: "invalid_grant" });
