import * as z from "zod/mini";
import { flag } from "../../input/flag.ts";
import { asError } from "../../platform/asError.ts";
import { minuteMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import type { Secrets } from "../../platform/secrets.ts";
import { type Accounts, findUser } from "../accounts.ts";
import { passwordCharsMax } from "../limits.ts";
import {
  addOneTimeToken,
  findOneTimeToken,
  invalidToken,
  type OneTimeTokens,
} from "../token/oneTimeToken.ts";
import type { TokenCache } from "../token/tokenCache.ts";
import type { Passwords } from "../user/password.ts";
import { tokenRevocation } from "../user/user.ts";
import { mfaStartRateLimit, otpRateLimit } from "../verify/rateLimit.ts";
import { type ThrottleDeps, throttleAttempts } from "../verify/throttleAttempts.ts";
import { verifyPassword } from "../verify/verifyPassword.ts";
import { wrongOtp } from "./checkSecondFactor.ts";
import { mfaTokenMinutes, otpCharsMax } from "./limits.ts";
import {
  hashRecoveryCode,
  newRecoveryCodes,
  type SecondFactors,
  secretContext,
} from "./secondFactor.ts";
import { findTotpStep, newTotpSecret, totpUri } from "./totp.ts";

export const otp = z.string().check(z.trim(), z.minLength(1), z.maxLength(otpCharsMax));

export const confirmInput = z.object({
  mfa_token: z.string().check(z.maxLength(200)),
  otp,
  invalidate_tokens: z._default(flag, false),
});

export const disableInput = z.object({
  current_password: z.string().check(z.maxLength(passwordCharsMax)),
});

interface Deps extends ThrottleDeps {
  accounts: Accounts;
  passwords: Passwords;
  secondFactors: SecondFactors;
  oneTimeTokens: OneTimeTokens;
  secrets: Secrets;
  tokenCache: TokenCache;
}

/**
 * Creates a secret for an authenticator app. `confirmSecondFactor` enables it with a first one-time
 * password.
 */
export const startSecondFactor = async (
  username: string,
  deps: Deps,
): Promise<{ mfaToken: string; uri: string; secret: string }> => {
  const user = await findUser(username, deps);
  if ((await deps.secondFactors.find(user.fleet)) !== undefined) throw exists();
  const { fleet } = user;
  // Each enrollment stores a row for some minutes.
  await throttleAttempts(
    { subject: `mfa-start#${fleet}`, limit: mfaStartRateLimit },
    async () => undefined,
    deps,
  );
  const secret = newTotpSecret();
  const sealedSecret = await deps.secrets.seal(secret, secretContext(fleet));
  const mfaToken = await addOneTimeToken(
    user,
    { claim: { purpose: "mfa-enable", sealedSecret }, lifetimeMs: mfaTokenMinutes * minuteMs },
    deps,
  );
  return { mfaToken, uri: totpUri(secret, username), secret };
};

const exists = () =>
  new Failure("A second factor is already enabled. Disable it first", { code: "already_exists" });

/**
 * Enables the second factor and returns recovery codes, which are stored only as hashes. Fails with
 * `invalid_grant` for a wrong one-time password or a token of another user, and with
 * `already_exists`. With `invalidate_tokens`, all tokens of the user are revoked.
 */
export const confirmSecondFactor = async (
  { mfa_token, otp, invalidate_tokens }: z.output<typeof confirmInput>,
  username: string,
  deps: Deps,
): Promise<{ recoveryCodes: string[] }> => {
  const { token, user, claim } = await findOneTimeToken(mfa_token, "mfa-enable", deps);
  if (user.username !== username) throw invalidToken();
  const { fleet } = user;
  if ((await deps.secondFactors.find(fleet)) !== undefined) throw exists();
  const secret = await deps.secrets.open(claim.sealedSecret, secretContext(fleet));
  const lastStep = await throttleAttempts(
    // A separate count: a correct one-time password of the new secret must not reset attempts at
    // the enabled one.
    { subject: `mfa-enable#${fleet}`, limit: otpRateLimit },
    async () => findTotpStep(secret, otp, { now: deps.now(), after: 0 }),
    deps,
  );
  if (lastStep === undefined) throw wrongOtp();
  const recoveryCodes = newRecoveryCodes();
  await deps.secondFactors.add({
    fleet,
    sealedSecret: claim.sealedSecret,
    lastStep,
    recoveryHashes: recoveryCodes.map(hashRecoveryCode),
    enabledAt: new Date(deps.now()).toISOString(),
    version: 1,
  });
  // The token has no further use, because the factor exists.
  await deps.oneTimeTokens.remove(token).catch((error: unknown) => deps.warn(asError(error)));
  if (invalidate_tokens) {
    await deps.accounts.changeUser(username, tokenRevocation(deps.now()));
    await deps.accounts.removeTokens(username);
    deps.tokenCache.evict((token) => token.username === username);
  }
  return { recoveryCodes };
};

/**
 * Disables the second factor with the password. Fails with `invalid_grant`, `too_many_requests`, or
 * `not_found`.
 */
export const disableSecondFactor = async (
  { username, password, address }: { username: string; password: string; address: string },
  deps: Deps,
): Promise<void> => {
  const { fleet } = await verifyPassword({ username, password, address }, deps);
  await removeSecondFactor(fleet, deps);
};

/** Disables the second factor of a user who has lost it. Fails with `not_found`. */
export const removeSecondFactor = async (
  fleet: string,
  { secondFactors }: { secondFactors: SecondFactors },
): Promise<void> => {
  if (await secondFactors.remove(fleet)) return;
  throw new Failure("There is no second factor", { code: "not_found" });
};
