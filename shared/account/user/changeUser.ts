import * as z from "zod";
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

/** What a user may change of themselves: what they say about them, or their name or password. */
export const userChange = z.object({
  account_info: accountInfo.optional(),
  username: username.optional(),
  password: password.optional(),
  current_password: z.string().max(passwordCharsMax).optional(),
  invalidate_tokens: z._default(flag, false),
});

type UserChange = z.output<typeof userChange>;

interface Deps extends ThrottleDeps {
  accounts: Accounts;
  passwords: Passwords;
  tokenCache: TokenCache;
  /** Absent while this cloud sends no mail. */
  mailQueue?: MailQueue | undefined;
}

/**
 * Changes a user. A new name or password takes the current password: fails with `invalid_grant` or
 * `too_many_requests`. A new password ends all refresh tokens; the access tokens end only with `invalidate_tokens`, as with
 * Particle. A new name is an address that a mail asks to confirm it (`confirmAddress`): fails with `refused` without mail. Answers
 * the user as they are then. Fails with `conflict` when the password is changed at the same time.
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
  const verified =
    change.username !== undefined || change.password !== undefined
      ? await verifyCurrentPassword({ username, password: current_password, address }, deps)
      : undefined;
  const passwordHash = change.password && (await deps.passwords.hash(change.password));
  const accountInfo = account_info && {
    ...(await findUser(username, { accounts })).accountInfo,
    ...account_info,
  };
  // With a new name alone, they end when it is confirmed: whoever asks may need this token until then.
  const endsTokens =
    invalidate_tokens &&
    current_password !== undefined &&
    (to === undefined || passwordHash !== undefined);
  // A new password ends what could renew a token by the old one. With it in one write, so that nothing comes in between.
  const ended = endsTokens
    ? tokenRevocation(deps.now())
    : passwordHash === undefined
      ? undefined
      : sessionRevocation(deps.now());
  // Before and after: when this dies after the write, the caller cannot repeat it with the old password.
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
    throw new Failure("current_password is needed", { code: "invalid_request" });
  }
  return verifyPassword({ ...proof, password }, deps);
};
