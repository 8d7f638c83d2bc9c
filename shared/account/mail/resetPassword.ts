import * as z from "zod";
import { asError } from "../../platform/asError.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { invalidToken, type OneTimeTokens } from "../token/oneTimeToken.ts";
import type { TokenCache } from "../token/tokenCache.ts";
import type { Passwords } from "../user/password.ts";
import { password, tokenRevocation, username } from "../user/user.ts";
import { addressKey, passwordResetRateLimit } from "../verify/rateLimit.ts";
import type { ThrottleDeps } from "../verify/throttleAttempts.ts";
import { findMailedToken } from "./mailedToken.ts";
import type { MailQueue } from "./mailRequest.ts";

export const resetRequest = z.object({ username });

/** The text of a token that a mail took to somebody. */
export const mailedTokenText = z.string().trim().min(1).max(200);

export const resetInput = z.object({ token: mailedTokenText, password });

/** What is left undone without mail, said to whoever asks for it. */
export const mailDisabled = (what: string): Failure =>
  new Failure(`${what} takes a mail, and this cloud sends none: ask its owner`, {
    code: "refused",
  });

/**
 * Orders the mail with a token that replaces a password. Does the same whether there is such a user or not: who is to get
 * a mail, and whether, is found out where nobody waits for it. Fails with `refused` when this cloud sends no mail, and with
 * `too_many_requests` when the address asks often.
 */
export const requestReset = async (
  username: string,
  address: string,
  deps: ThrottleDeps & { mailQueue: MailQueue | undefined },
): Promise<void> => {
  const { mailQueue, rateLimiter, now, warn } = deps;
  if (mailQueue === undefined) throw mailDisabled("A new password");
  const place = `mail#reset#${addressKey(address)}`;
  const waitSeconds = await rateLimiter
    .acquire(place, now(), passwordResetRateLimit)
    .catch((error: unknown) => {
      warn(asError(error));
      return 0;
    });
  if (waitSeconds > 0) {
    throw new Failure("Too many requests for a new password. Try again later", {
      code: "too_many_requests",
      retryAfterSeconds: waitSeconds,
    });
  }
  await mailQueue.send({ kind: "password-reset", username, orderedAt: now() });
};

interface Deps extends ThrottleDeps {
  accounts: Accounts;
  oneTimeTokens: OneTimeTokens;
  passwords: Passwords;
  tokenCache: TokenCache;
}

/**
 * Gives a user a new password by the token of a mail, and ends all their tokens. The second factor stays. Fails with
 * `invalid_grant`, and with `conflict` when the password is changed at the same time.
 */
export const resetPassword = async (
  { token, password }: z.output<typeof resetInput>,
  deps: Deps,
): Promise<void> => {
  const { accounts, oneTimeTokens, passwords, tokenCache, rateLimiter, now, warn } = deps;
  const { hash, user } = await findMailedToken(token, "password-reset", deps);
  const { username } = user;
  const passwordHash = await passwords.hash(password);
  // First: of all who come with it, one goes on. Who dies after this line asks for another mail.
  if (!(await oneTimeTokens.remove(hash))) throw invalidToken();
  // Before and after: no token of the old password is left, wherever this dies after the write.
  await accounts.removeTokens(username);
  await accounts.changeUser(username, { passwordHash, ...tokenRevocation(now()) }, user);
  await accounts.removeTokens(username);
  tokenCache.evict((each) => each.username === username);
  // Wrong guesses at the old password are not in the way of the new one.
  await rateLimiter.reset(`user#${username}`).catch((error: unknown) => warn(asError(error)));
};
