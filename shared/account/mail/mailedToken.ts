import type { Accounts } from "../accounts.ts";
import {
  addOneTimeToken,
  type ClaimOf,
  findOneTimeToken,
  invalidToken,
  type OneTimeToken,
  type OneTimeTokens,
} from "../token/oneTimeToken.ts";
import { hashToken } from "../token/token.ts";
import type { User } from "../user/user.ts";

/** Purposes whose tokens go by mail. */
type MailedPurpose = "password-reset" | "change-address";

interface Deps {
  accounts: Pick<Accounts, "findUserByAnyName" | "changeUser">;
  oneTimeTokens: OneTimeTokens;
  now: () => number;
}

/** Makes a token for a mail, and answers its text. An earlier one of the same user and purpose is over. */
export const addMailedToken = async (
  user: User,
  { claim, lifetimeMs }: { claim: OneTimeToken["claim"]; lifetimeMs: number },
  { accounts, oneTimeTokens, now }: Deps,
): Promise<string> => {
  const text = await addOneTimeToken(user, { claim, lifetimeMs }, { oneTimeTokens, now });
  const hash = hashToken(text);
  // After the token: when this dies in between, nobody has the text of either.
  await accounts.changeUser(
    user.username,
    claim.purpose === "password-reset" ? { resetToken: hash } : { addressToken: hash },
  );
  return text;
};

/**
 * The user and the claim of a token that a mail took to them. Fails with `invalid_grant` as `findOneTimeToken` does, and when
 * there is a newer one or the user is disabled.
 */
export const findMailedToken = async <Name extends MailedPurpose>(
  text: string,
  purpose: Name,
  deps: Deps,
): Promise<{ hash: string; user: User; claim: ClaimOf<Name>; username: string }> => {
  const found = await findOneTimeToken(text, purpose, deps);
  const { resetToken, addressToken, disabled } = found.user;
  const newest = purpose === "password-reset" ? resetToken : addressToken;
  if (newest !== found.hash || disabled === true) throw invalidToken();
  return found;
};
