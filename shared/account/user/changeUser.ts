import * as z from "zod/mini";
import { flag } from "../../input/flag.ts";
import { Failure } from "../../platform/failure.ts";
import { type Accounts, findUser } from "../accounts.ts";
import { passwordCharsMax } from "../limits.ts";
import { requireMailAddress } from "../mail/changeAddress.ts";
import type { MailQueue } from "../mail/mailRequest.ts";
import type { TokenCache } from "../token/tokenCache.ts";
import type { ThrottleDeps } from "../verify/throttleAttempts.ts";
import { verifyPassword } from "../verify/verifyPassword.ts";
import type { Passwords } from "./password.ts";
import {
  accountInfo,
  password,
  sessionRevocation,
  tokenRevocation,
  type User,
  username,
} from "./user.ts";

/** The fields that a user can change: account information, name and password. */
export const userChange = z.object({
  account_info: z.optional(accountInfo),
  username: z.optional(username),
  password: z.optional(password),
  current_password: z.optional(z.string().check(z.maxLength(passwordCharsMax))),
  invalidate_tokens: z._default(flag, false),
});

type UserChange = z.output<typeof userChange>;

interface Deps extends ThrottleDeps {
  accounts: Accounts;
  passwords: Passwords;
  tokenCache: TokenCache;
  /** Absent if this deployment sends no mail. */
  mailQueue?: MailQueue | undefined;
}

/**
 * Changes a user and returns the result.
 * - A new name or password and `invalidate_tokens` require the current password. Fails with
 *   `invalid_grant` or `too_many_requests`, also if the current password is given without need.
 * - A new password revokes all refresh tokens. Access tokens are revoked only with
 *   `invalidate_tokens`, as in Particle's API.
 * - A new name is a mail address, which takes effect when it is confirmed (`confirmAddress`). Fails
 *   with `refused` if this deployment sends no mail.
 * - Fails with `conflict` when the password is changed concurrently.
 */
export const changeUser = async (
  change: UserChange,
  { username, address }: { username: string; address: string },
  deps: Deps,
): Promise<User> => {
  const { accounts, tokenCache } = deps;
  const { account_info, current_password, invalidate_tokens } = change;
  const to = change.username === username ? undefined : change.username;
  const mailQueue = to === undefined ? undefined : requireMailAddress(to, deps.mailQueue);
  const isVerified =
    change.username !== undefined ||
    change.password !== undefined ||
    current_password !== undefined ||
    invalidate_tokens;
  const verified = isVerified
    ? await verifyCurrentPassword({ username, password: current_password, address }, deps)
    : undefined;
  const passwordHash = change.password && (await deps.passwords.hash(change.password));
  const accountInfo = account_info && {
    ...(await findUser(username, { accounts })).accountInfo,
    ...account_info,
  };
  // With only a new name, the tokens are revoked on confirmation, because the client may need its
  // token until then.
  const endsTokens = invalidate_tokens && (to === undefined || passwordHash !== undefined);
  // A new password revokes refresh tokens of the old one, in the same write.
  const ended = endsTokens
    ? tokenRevocation(deps.now())
    : passwordHash === undefined
      ? undefined
      : sessionRevocation(deps.now());
  // Remove tokens before and after: after a crash that follows the write, the client cannot repeat
  // the request with the old password.
  if (endsTokens) await accounts.removeTokens(username);
  await accounts.changeUser(username, { passwordHash, accountInfo, ...ended }, verified);
  if (endsTokens) await accounts.removeTokens(username);
  tokenCache.evict((token) => token.username === username);
  if (to !== undefined && verified !== undefined) {
    const request = {
      username,
      fleet: verified.fleet,
      to,
      invalidateTokens: invalidate_tokens,
      sessionGeneration: ended?.sessionGeneration ?? verified.sessionGeneration,
    };
    await mailQueue?.send({ kind: "change-address", ...request, orderedAt: deps.now() });
  }
  return findUser(username, { accounts });
};

const verifyCurrentPassword = async (
  proof: { username: string; password: string | undefined; address: string },
  deps: Deps,
): Promise<User> => {
  const { password } = proof;
  if (password === undefined) {
    throw new Failure("current_password is required", { code: "invalid_request" });
  }
  return verifyPassword({ ...proof, password }, deps);
};
