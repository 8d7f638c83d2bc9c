/** So many wrong passwords within the time below slow down an account. */
export const attemptsPerAccountMax = 10;
/** So many slow down an address: many people may share it (an office, the NAT of a carrier). */
export const attemptsPerAddressMax = 100;
export const attemptsWindowSeconds = 1_800;
/** For how long an address is known as one where an account gave the right password, and how many an account has. */
export const knownAddressDays = 30;
export const knownAddressesMax = 20;
/** A slowed one gets one attempt in this time. */
export const attemptIntervalSeconds = 30;
/** So many wrong one-time passwords slow a user down to one attempt in the time below. */
export const otpAttemptsMax = 5;
export const otpIntervalSeconds = 300;
/** How many secrets for a second factor a user may ask for within `attemptsWindowSeconds`. */
export const mfaStartsMax = 20;
/** One address may ask for so many password resets within `attemptsWindowSeconds`, then for one in the time below. */
export const resetsPerAddressMax = 20;
export const resetIntervalSeconds = 60;
/** So many mails of one kind go to one address within `attemptsWindowSeconds`, then one in the time below. */
export const mailsPerRecipientMax = 3;
export const recipientIntervalSeconds = 1_200;
/** So many mails leave a region within `attemptsWindowSeconds`, then one in the time below. */
export const mailsMax = 500;
export const mailIntervalSeconds = 10;
