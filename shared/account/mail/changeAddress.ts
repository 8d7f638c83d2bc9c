import * as z from "zod/mini";
import type { Announce } from "../../audit/announce.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { OneTimeTokens } from "../token/oneTimeToken.ts";
import type { TokenCache } from "../token/tokenCache.ts";
import { tokenRevocation, type User } from "../user/user.ts";
import { mailAddress } from "./mail.ts";
import { findMailedToken } from "./mailedToken.ts";
import type { MailQueue } from "./mailRequest.ts";
import { mailDisabled, mailedTokenText } from "./resetPassword.ts";

export const addressConfirmation = z.object({ token: mailedTokenText });

/**
 * Checks that the address of a user can be changed. Fails with `refused` without mail, and with
 * `invalid_request` for an invalid address.
 */
export const requireMailAddress = (to: string, mailQueue: MailQueue | undefined): MailQueue => {
  if (mailQueue === undefined) throw mailDisabled("Another username");
  if (!mailAddress.safeParse(to).success) {
    throw new Failure("username: must be an e-mail address, which is asked to confirm it", {
      code: "invalid_request",
    });
  }
  return mailQueue;
};

interface Deps {
  accounts: Accounts;
  oneTimeTokens: OneTimeTokens;
  tokenCache: TokenCache;
  announce: Announce;
  now: () => number;
}

/**
 * Sets the confirmed address as the name of a user. Revokes all tokens if this was requested. May
 * be repeated until it succeeds. Fails with `invalid_grant`, with `already_exists` if another user
 * has taken the name, and with `conflict`.
 */
export const confirmAddress = async (
  { token }: z.output<typeof addressConfirmation>,
  deps: Deps,
): Promise<User> => {
  const { accounts, oneTimeTokens, tokenCache, now } = deps;
  const found = await findMailedToken(token, "change-address", deps);
  // The name at the time of the request: an interrupted rename may already have switched the names,
  // and is completed here.
  const { user, claim, username: from } = found;
  await deps.announce(user);
  if (claim.invalidateTokens) await accounts.removeTokens(from);
  await accounts.renameUser({ username: from, fleet: user.fleet }, claim.to);
  if (claim.invalidateTokens) {
    await accounts.changeUser(claim.to, tokenRevocation(now()));
    await accounts.removeTokens(claim.to);
  }
  // Last: after a crash before this line, the request can be repeated.
  await oneTimeTokens.remove(found.token);
  tokenCache.evict(({ username }) => username === from || username === claim.to);
  return { ...user, username: claim.to };
};
