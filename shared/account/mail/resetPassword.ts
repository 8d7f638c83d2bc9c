import * as z from "zod/mini";
import type { Announce } from "../../audit/announce.ts";
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

/** The text of a mailed token. */
export const mailedTokenText = z.string().check(z.trim(), z.minLength(1), z.maxLength(200));

export const resetInput = z.object({ token: mailedTokenText, password });

/** The failure of a request that requires mail in a deployment that sends none. */
export const mailDisabled = (what: string): Failure =>
  new Failure(`${what} requires a mail, and this cloud sends none: ask its owner`, {
    code: "refused",
  });

/**
 * Queues the mail for a password reset. The request behaves identically for unknown users: the
 * function that sends mails looks the user up, so the response time reveals nothing. Fails with
 * `refused` if this deployment sends no mail, and with `too_many_requests` after many requests from
 * the address.
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
  announce: Announce;
}

/**
 * Sets a new password with a mailed token and revokes all tokens of the user. The second factor
 * stays enabled. Fails with `invalid_grant`, and with `conflict` when the password is changed
 * concurrently.
 */
export const resetPassword = async (
  { token, password }: z.output<typeof resetInput>,
  deps: Deps,
): Promise<void> => {
  const { accounts, oneTimeTokens, passwords, tokenCache, rateLimiter, now, warn } = deps;
  const { token: found, user } = await findMailedToken(token, "password-reset", deps);
  const { username } = user;
  const passwordHash = await passwords.hash(password);
  await deps.announce(user);
  // First: of concurrent requests with this token, one continues. After a crash from here on, the
  // user requests another mail.
  if (!(await oneTimeTokens.remove(found))) throw invalidToken();
  // Before and after: no token of the old password remains, wherever a crash occurs after the
  // write.
  await accounts.removeTokens(username);
  await accounts.changeUser(username, { passwordHash, ...tokenRevocation(now()) }, user);
  await accounts.removeTokens(username);
  tokenCache.evict((each) => each.username === username);
  // Failed attempts with the old password must not block the new one.
  await rateLimiter.reset(`user#${username}`).catch((error: unknown) => warn(asError(error)));
};
