import * as z from "zod/mini";
import type { Announce } from "../../audit/announce.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { Passwords } from "./password.ts";
import { accountInfo, newFleet, password, sessionRevocation, username } from "./user.ts";

/** A new user. With `replace`, an existing user gets the password and keeps their fleet. */
export const userInput = z.object({
  username,
  password,
  replace: z._default(z.boolean(), false),
  accountInfo: z.optional(accountInfo),
});

export type UserInput = z.output<typeof userInput>;

/** Creates a user with a fleet. Fails with `already_exists`. */
export const addUser = async (
  { username, password, replace, accountInfo }: UserInput,
  {
    accounts,
    passwords,
    announce,
    now,
  }: { accounts: Accounts; passwords: Passwords; announce: Announce; now: () => number },
): Promise<{ username: string; fleet: string }> => {
  const existing = await accounts.findUser(username);
  // Before the announcement: everyone may sign up, but not write into the audit log of a user.
  if (existing !== undefined && !replace) {
    throw new Failure(`a user ${username} exists`, { code: "already_exists" });
  }
  const fleet = existing?.fleet ?? newFleet();
  const passwordHash = await passwords.hash(password);
  if (existing !== undefined) {
    await announce(existing);
    // A new password revokes the refresh tokens of the old one.
    await accounts.changeUser(username, { passwordHash, accountInfo, ...sessionRevocation(now()) });
    return { username, fleet };
  }
  await announce({ username, fleet });
  const createdAt = new Date(now()).toISOString();
  await accounts.addUser(
    {
      username,
      passwordHash,
      fleet,
      createdAt,
      ...(accountInfo && { accountInfo }),
    },
    { replace },
  );
  return { username, fleet };
};

/** The input of a sign-up. */
export const signUpInput = z.object({
  username,
  password,
  account_info: z.optional(accountInfo),
  /** Campaign parameters that particle-api-js may send. They are not used. */
  utm: z.optional(z.unknown()),
});
