/** Failed attempts at one account that start to limit its rate. */
export const attemptsPerAccountMax = 10;
/**
 * Failed attempts from one address that start to limit its rate. Many people may share an address
 * (an office, carrier-grade NAT).
 */
export const attemptsPerAddressMax = 100;
export const attemptsWindowSeconds = 1_800;
/**
 * Days for which the address of a successful attempt is kept, and the maximum number of addresses
 * of an account.
 */
export const knownAddressDays = 30;
export const knownAddressesMax = 20;
/** Interval between attempts above the limit. */
export const attemptIntervalSeconds = 30;
/**
 * Failed one-time passwords that start to limit a user's rate, and the interval above the limit.
 */
export const otpAttemptsMax = 5;
export const otpIntervalSeconds = 300;
/**
 * Maximum number of enrollments of a second factor that a user starts within
 * `attemptsWindowSeconds`.
 */
export const mfaStartsMax = 20;
/**
 * Password resets that one address can request within `attemptsWindowSeconds`, and the interval
 * above the limit.
 */
export const resetsPerAddressMax = 20;
export const resetIntervalSeconds = 60;
/**
 * Mails of one kind to one recipient within `attemptsWindowSeconds`, and the interval above the
 * limit.
 */
export const mailsPerRecipientMax = 3;
export const recipientIntervalSeconds = 1_200;
/** Mails of a region within `attemptsWindowSeconds`, and the interval above the limit. */
export const mailsMax = 500;
export const mailIntervalSeconds = 10;
