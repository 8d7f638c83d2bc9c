import { Failure } from "../platform/failure.ts";
import type { Accounts } from "./accounts.ts";
import type { User } from "./user.ts";

/** The user of this name. Fails with `not_found`. */
export const findUser = async (
  username: string,
  { accounts }: { accounts: Pick<Accounts, "findUser"> },
): Promise<User> => {
  const user = await accounts.findUser(username);
  if (user === undefined) throw new Failure(`there is no user ${username}`, { code: "not_found" });
  return user;
};
