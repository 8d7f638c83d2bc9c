import * as z from "zod";
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

/** Checks that a user can get another address for their name. Fails with `refused` without mail, and with `invalid_request`. */
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
  now: () => number;
}

/**
 * Names a user by the address that a mail went to. With what was asked for then, all their tokens end. May be repeated
 * until it is done. Fails with `invalid_grant`, with `already_exists` when somebody else got the name meanwhile, and with `conflict`.
 */
export const confirmAddress = async (
  { token }: z.output<typeof addressConfirmation>,
  deps: Deps,
): Promise<User> => {
  const { accounts, oneTimeTokens, tokenCache, now } = deps;
  const found = await findMailedToken(token, "change-address", deps);
  // The name when the mail was ordered: a rename that died has switched the names already, and ends what it began.
  const { hash, user, claim, username: from } = found;
  if (claim.invalidateTokens) await accounts.removeTokens(from);
  await accounts.renameUser({ username: from, fleet: user.fleet }, claim.to);
  if (claim.invalidateTokens) {
    await accounts.changeUser(claim.to, tokenRevocation(now()));
    await accounts.removeTokens(claim.to);
  }
  // Last: when this dies before, who has the token may come again.
  await oneTimeTokens.remove(hash);
  tokenCache.evict(({ username }) => username === from || username === claim.to);
  return { ...user, username: claim.to };
};
