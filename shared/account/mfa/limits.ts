/** The time step of one-time passwords, how many steps a clock may be off, and the length of their secrets. RFC 6238, 5.2. */
export const totpStepSeconds = 30;
export const totpDriftSteps = 1;
export const totpSecretBytes = 20;
export const otpCharsMax = 64;
/** How many recovery codes a user gets with the second factor, and of how many bytes. */
export const recoveryCodesMax = 10;
export const recoveryCodeBytes = 10;
/** How long a log-in waits for the second factor, and a new second factor for its first one-time password. */
export const mfaTokenMinutes = 10;
