import * as z from "zod/mini";
import type { Announce } from "../../audit/announce.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { passwordCharsMax, usernameCharsMax } from "../limits.ts";
import { checkSecondFactor } from "../mfa/checkSecondFactor.ts";
import { otpCharsMax } from "../mfa/limits.ts";
import { redeemSecondStep, requireSecondStep, type SecondStepDeps } from "../mfa/secondStep.ts";
import type { Passwords } from "../user/password.ts";
import type { User } from "../user/user.ts";
import { verifyPassword } from "../verify/verifyPassword.ts";
import { openSession } from "./openSession.ts";
import { type BrowserSession, browserClient } from "./session.ts";

const optional = (charsMax: number) => z._default(z.string().check(z.maxLength(charsMax)), "");

/**
 * The credentials of a sign-in: name and password, with the one-time password if the user has a
 * second factor; or, as the second step, the `mfa_token` of the first one and the one-time
 * password.
 */
export const signInInput = z.object({
  username: z._default(
    z.string().check(z.trim(), z.toLowerCase(), z.maxLength(usernameCharsMax)),
    "",
  ),
  password: optional(passwordCharsMax),
  otp: z._default(z.string().check(z.trim(), z.maxLength(otpCharsMax)), ""),
  mfa_token: optional(200),
});

type SignInInput = z.output<typeof signInInput>;

interface Deps extends SecondStepDeps {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly announce: Announce;
}

/**
 * Signs a user in with a password, and opens a browser session. Fails with `invalid_grant`,
 * `mfa_required` and `too_many_requests` as a log-in with a password does, and counts its attempts
 * with those of log-ins.
 */
export const signIn = async (
  input: SignInInput,
  address: string,
  deps: Deps,
): Promise<BrowserSession> => {
  const { mfa_token: mfaToken, otp } = input;
  const user =
    mfaToken === ""
      ? await verifyUser(input, address, deps)
      : (await redeemSecondStep({ mfaToken, otp, client: browserClient }, deps)).user;
  if (user.disabled) throw new Failure("User credentials are invalid", { code: "invalid_grant" });
  await deps.announce(user);
  return openSession(user, { operator: false }, deps);
};

const verifyUser = async (
  { username, password, otp }: SignInInput,
  address: string,
  deps: Deps,
): Promise<User> => {
  if (username === "" || password === "") {
    throw new Failure("give username and password, or mfa_token and otp", {
      code: "invalid_request",
    });
  }
  const user = await verifyPassword({ username, password, address }, deps);
  const factor = await deps.secondFactors.find(user.fleet);
  if (factor === undefined) return user;
  if (otp === "") throw await requireSecondStep(user, { client: browserClient }, deps);
  await checkSecondFactor(factor, otp, deps);
  return user;
};
