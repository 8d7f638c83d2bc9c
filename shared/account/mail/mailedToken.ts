import type { Accounts } from "../accounts.ts";
import {
  addOneTimeToken,
  type FoundToken,
  findOneTimeToken,
  invalidToken,
  type OneTimeToken,
  type OneTimeTokens,
} from "../token/oneTimeToken.ts";
import { hashToken } from "../token/token.ts";
import type { User } from "../user/user.ts";

/** Purposes of mailed tokens. */
type MailedPurpose = "password-reset" | "change-address";

interface Deps {
  accounts: Pick<Accounts, "findUserByAnyName" | "changeUser">;
  oneTimeTokens: OneTimeTokens;
  now: () => number;
}

/**
 * Creates a token for a mail and returns its text. It invalidates an earlier token of the same user
 * and purpose.
 */
export const addMailedToken = async (
  user: User,
  { claim, lifetimeMs }: { claim: OneTimeToken["claim"]; lifetimeMs: number },
  { accounts, oneTimeTokens, now }: Deps,
): Promise<string> => {
  const text = await addOneTimeToken(user, { claim, lifetimeMs }, { oneTimeTokens, now });
  const hash = hashToken(text);
  // After the token: after a crash in between, the text of neither token has been sent.
  await accounts.changeUser(
    user.username,
    claim.purpose === "password-reset" ? { resetToken: hash } : { addressToken: hash },
  );
  return text;
};

/**
 * Returns the user and the claim of a mailed token. Fails with `invalid_grant` as
 * `findOneTimeToken` does, and also when there is a newer token or the user is disabled.
 */
export const findMailedToken = async <Name extends MailedPurpose>(
  text: string,
  purpose: Name,
  deps: Deps,
): Promise<FoundToken<Name>> => {
  const found = await findOneTimeToken(text, purpose, deps);
  const { resetToken, addressToken, disabled } = found.user;
  const newest = purpose === "password-reset" ? resetToken : addressToken;
  if (newest !== found.token.hash || disabled === true) throw invalidToken();
  return found;
};
