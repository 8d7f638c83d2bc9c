import { minuteMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import type { Secrets } from "../../platform/secrets.ts";
import type { Accounts } from "../accounts.ts";
import {
  addOneTimeToken,
  type ClaimOf,
  findOneTimeToken,
  invalidToken,
  type OneTimeTokens,
} from "../token/oneTimeToken.ts";
import type { User } from "../user/user.ts";
import type { ThrottleDeps } from "../verify/throttleAttempts.ts";
import { checkSecondFactor } from "./checkSecondFactor.ts";
import { mfaTokenMinutes } from "./limits.ts";
import type { SecondFactors } from "./secondFactor.ts";

type Claim = ClaimOf<"mfa-login">;

export interface SecondStepDeps extends ThrottleDeps {
  readonly accounts: Pick<Accounts, "findUserByAnyName">;
  readonly secondFactors: SecondFactors;
  readonly oneTimeTokens: OneTimeTokens;
  readonly secrets: Secrets;
}

/**
 * The response to a correct password of a user with a second factor, which Particle's clients
 * expect: the client repeats the request with the `mfa_token` and a one-time password.
 */
export const requireSecondStep = async (
  user: User,
  claim: Omit<Claim, "purpose">,
  deps: Pick<SecondStepDeps, "oneTimeTokens" | "now">,
): Promise<Failure> => {
  const lifetimeMs = mfaTokenMinutes * minuteMs;
  const whole: Claim = { purpose: "mfa-login", ...claim };
  const token = await addOneTimeToken(user, { claim: whole, lifetimeMs }, deps);
  return new Failure("Enter a one-time password from your authenticator app", {
    code: "mfa_required",
    details: { mfa_token: token },
  });
};

/**
 * The second step of a log-in. It consumes the token of the first step and the one-time password.
 * Fails with `invalid_grant`, also if the first step was that of another client, and with
 * `too_many_requests`.
 */
export const redeemSecondStep = async (
  { mfaToken, otp, client }: { mfaToken: string; otp: string; client: string },
  deps: SecondStepDeps,
): Promise<{ user: User; claim: Claim }> => {
  const { token, user, claim } = await findOneTimeToken(mfaToken, "mfa-login", deps);
  const factor = await deps.secondFactors.find(user.fleet);
  if (factor === undefined || claim.client !== client) throw invalidToken();
  await checkSecondFactor(factor, otp, deps);
  if (!(await deps.oneTimeTokens.remove(token))) throw invalidToken();
  return { user, claim };
};
