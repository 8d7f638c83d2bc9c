import { Failure } from "../../platform/failure.ts";
import type { Secrets } from "../../platform/secrets.ts";
import { otpRateLimit } from "../verify/rateLimit.ts";
import { type ThrottleDeps, throttleAttempts } from "../verify/throttleAttempts.ts";
import {
  hashRecoveryCode,
  type SecondFactor,
  type SecondFactors,
  secretContext,
} from "./secondFactor.ts";
import { findTotpStep } from "./totp.ts";

interface Deps extends ThrottleDeps {
  secondFactors: SecondFactors;
  secrets: Secrets;
}

/**
 * Redeems a one-time password or a recovery code of a user. Fails with `invalid_grant` when it is
 * wrong or already used, and with `too_many_requests` after many failed attempts.
 */
export const checkSecondFactor = async (
  factor: SecondFactor,
  otp: string,
  deps: Deps,
): Promise<void> => {
  const right = await throttleAttempts(
    { subject: `mfa#${factor.fleet}`, limit: otpRateLimit },
    async () => ((await redeem(factor, otp, deps)) ? true : undefined),
    deps,
  );
  if (right === undefined) throw wrongOtp();
};

/** The failure for a wrong one-time password. */
export const wrongOtp = () =>
  new Failure("The one-time password is invalid or was used before", { code: "invalid_grant" });

/**
 * One conditional write: of two requests with the same one-time password, one succeeds. It also
 * completes a secret that lacks the key of a region.
 */
const redeem = async (
  factor: SecondFactor,
  otp: string,
  { secondFactors, secrets, now }: Deps,
): Promise<boolean> => {
  const version = factor.version + 1;
  const sealed = async () => ({
    sealedSecret: (await secrets.complete(factor.sealedSecret)) ?? factor.sealedSecret,
  });
  const recoveryHash = hashRecoveryCode(otp);
  if (factor.recoveryHashes.includes(recoveryHash)) {
    const recoveryHashes = factor.recoveryHashes.filter((hash) => hash !== recoveryHash);
    return secondFactors.replace({ ...factor, ...(await sealed()), recoveryHashes, version });
  }
  const secret = await secrets.open(factor.sealedSecret, secretContext(factor.fleet));
  const lastStep = findTotpStep(secret, otp, { now: now(), after: factor.lastStep });
  if (lastStep === undefined) return false;
  return secondFactors.replace({ ...factor, ...(await sealed()), lastStep, version });
};
