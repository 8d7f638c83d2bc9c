import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { usernameCharsMax } from "../limits.ts";
import type { Passwords } from "../user/password.ts";
import type { User } from "../user/user.ts";
import { type ThrottleDeps, throttleAttempts } from "./throttleAttempts.ts";

interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Where the request came from. */
  readonly address: string;
}

/** Finds the user whose password it is. Fails with `invalid_grant`, also for a disabled user, or with `too_many_requests` after many wrong ones. */
export const verifyPassword = async (
  { username, password, address }: Credentials,
  deps: ThrottleDeps & { accounts: Accounts; passwords: Passwords },
): Promise<User> => {
  // Nobody has such a name, and no table takes it as a key.
  if (username.length > usernameCharsMax) throw wrong();
  const right = await throttleAttempts(
    { subject: `user#${username}`, address },
    async () => {
      const user = await deps.accounts.findUser(username);
      // An unknown name takes as long as a wrong password, so that the time does not tell which names exist.
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
