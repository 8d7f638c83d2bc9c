import {
  attemptIntervalSeconds,
  attemptsPerAccountMax,
  attemptsPerAddressMax,
  mailIntervalSeconds,
  mailsMax,
  mailsPerRecipientMax,
  mfaStartsMax,
  otpAttemptsMax,
  otpIntervalSeconds,
  recipientIntervalSeconds,
  resetIntervalSeconds,
  resetsPerAddressMax,
} from "./limits.ts";

/** How many guesses are let through within `attemptsWindowSeconds`, and one in how many seconds after that. */
export interface RateLimit {
  readonly max: number;
  readonly intervalSeconds: number;
}

/** At the secret of one account. */
export const accountRateLimit: RateLimit = {
  max: attemptsPerAccountMax,
  intervalSeconds: attemptIntervalSeconds,
};

/** From one address, at the secrets of all accounts. */
export const addressRateLimit: RateLimit = {
  max: attemptsPerAddressMax,
  intervalSeconds: attemptIntervalSeconds,
};

/** At the one-time passwords of one user: they are short. */
export const otpRateLimit: RateLimit = { max: otpAttemptsMax, intervalSeconds: otpIntervalSeconds };

/** Of new secrets for the second factor of one user. */
export const mfaStartRateLimit: RateLimit = {
  max: mfaStartsMax,
  intervalSeconds: attemptIntervalSeconds,
};

/** Of password resets that one address asks for. */
export const passwordResetRateLimit: RateLimit = {
  max: resetsPerAddressMax,
  intervalSeconds: resetIntervalSeconds,
};

/** Of mails of one kind to one address. */
export const recipientRateLimit: RateLimit = {
  max: mailsPerRecipientMax,
  intervalSeconds: recipientIntervalSeconds,
};

/** Of all mails of a region. */
export const mailRateLimit: RateLimit = { max: mailsMax, intervalSeconds: mailIntervalSeconds };
