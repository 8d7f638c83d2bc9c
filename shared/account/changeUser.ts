import * as z from "zod";
import { Failure } from "../failure.ts";
import { flag } from "../input/flag.ts";
import { passwordCharsMax } from "../limits.ts";
import type { Accounts } from "../ports.ts";
import { findUser } from "./findUser.ts";
import type { GuardNeeds } from "./guardGuess.ts";
import type { KnowToken } from "./knowToken.ts";
import type { Passwords } from "./password.ts";
import { provePassword } from "./provePassword.ts";
import { accountInfo, password, type User, username } from "./user.ts";

/** What a user may change of themselves: what they say about them, or their name or password. */
export const userChange = z.object({
  account_info: accountInfo.optional(),
  username: username.optional(),
  password: password.optional(),
  current_password: z.string().max(passwordCharsMax).optional(),
  invalidate_tokens: z._default(flag, false),
});

type UserChange = z.output<typeof userChange>;

interface Needs extends GuardNeeds {
  accounts: Accounts;
  passwords: Passwords;
  known: KnowToken;
}

/**
 * Changes a user. A new name or password takes the current password: fails with `invalid_grant`,
 * `too_many_requests`, or `already_exists` when the name is taken. A new password ends
 * all refresh tokens; the access tokens end only with `invalidate_tokens`, as with Particle. Answers the user as they are then.
 */
export const changeUser = async (
  change: UserChange,
  { username, address }: { username: string; address: string },
  needs: Needs,
): Promise<User> => {
  const { accounts, known } = needs;
  const { account_info, current_password, invalidate_tokens } = change;
  if (change.username !== undefined || change.password !== undefined) {
    if (current_password === undefined) {
      throw new Failure("current_password is needed", { code: "invalid_request" });
    }
    await provePassword({ username, password: current_password, address }, needs);
  }
  const passwordHash = change.password && (await needs.passwords.hash(change.password));
  const accountInfo = account_info && {
    ...(await findUser(username, { accounts })).accountInfo,
    ...account_info,
  };
  const endTokens = invalidate_tokens && current_password !== undefined;
  // A new password ends what could renew a token by the old one. With it in one write, so that nothing comes in between.
  const sessionsFrom = passwordHash !== undefined || endTokens ? needs.now() : undefined;
  // Before and after: when this dies after the write, the caller cannot repeat it with the old password.
  if (endTokens) await accounts.removeTokens(username);
  await accounts.changeUser(username, { passwordHash, accountInfo, sessionsFrom });
  // Before the name changes: the index shows that a moment later, and would miss them.
  if (endTokens) await accounts.removeTokens(username);
  const name = await rename(username, change.username, accounts);
  // A token of before may have another name by now, or be gone.
  known.forget((token) => token.username === username);
  return findUser(name, { accounts });
};

const rename = async (
  from: string,
  to: string | undefined,
  accounts: Accounts,
): Promise<string> => {
  if (to === undefined || to === from) return from;
  await accounts.renameUser(await findUser(from, { accounts }), to);
  return to;
};
