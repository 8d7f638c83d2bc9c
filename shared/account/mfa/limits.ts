/**
 * The time step of one-time passwords, the accepted clock difference in steps, and the length of
 * their secrets. RFC 6238, 5.2.
 */
export const totpStepSeconds = 30;
export const totpDriftSteps = 1;
export const totpSecretBytes = 20;
export const otpCharsMax = 64;
/** Number of recovery codes of a user, and the length of each in bytes. */
export const recoveryCodesMax = 10;
export const recoveryCodeBytes = 10;
/** Time limit of the second step of a log-in, and of the confirmation of a new second factor. */
export const mfaTokenMinutes = 10;
