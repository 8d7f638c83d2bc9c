import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { usernameCharsMax } from "../limits.ts";
import type { Passwords } from "../user/password.ts";
import type { User } from "../user/user.ts";
import { type ThrottleDeps, throttleAttempts } from "./throttleAttempts.ts";

interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Source address of the request. */
  readonly address: string;
}

/**
 * Authenticates a user by password. Fails with `invalid_grant`, also for a disabled user, and with
 * `too_many_requests` after many failed attempts.
 */
export const verifyPassword = async (
  { username, password, address }: Credentials,
  deps: ThrottleDeps & { accounts: Accounts; passwords: Passwords },
): Promise<User> => {
  // No user has such a long name, and it is too long for a key of the table.
  if (username.length > usernameCharsMax) throw wrong();
  const right = await throttleAttempts(
    { subject: `user#${username}`, address },
    async () => {
      const user = await deps.accounts.findUser(username);
      // Hash a password for an unknown user too, so that the response time does not reveal which
      // users exist.
      const hash = user?.passwordHash ?? (await deps.passwords.dummyHash());
      const isRight = await deps.passwords.check(password, hash);
      return isRight && !user?.disabled ? user : undefined;
    },
    deps,
  );
  if (right === undefined) throw wrong();
  return right;
};

const wrong = () => new Failure("User credentials are invalid", { code: "invalid_grant" });
