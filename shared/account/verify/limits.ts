/** So many wrong passwords within the time below slow down an account. */
export const guessesMax = 10;
/** So many slow down an address: many people may share it (an office, the NAT of a carrier). */
export const addressGuessesMax = 100;
export const guessesWindowSeconds = 1_800;
/** For how long an address is known as one where an account gave the right password, and how many an account has. */
export const knownPlaceDays = 30;
export const knownPlacesMax = 20;
/** A slowed one gets one attempt in this time. */
export const guessesSlowSeconds = 30;
/** So many wrong one-time passwords slow a user down to one attempt in the time below. */
export const otpGuessesMax = 5;
export const otpSlowSeconds = 300;
/** How many secrets for a second factor a user may ask for within `guessesWindowSeconds`. */
export const mfaStartsMax = 20;
/** One address may ask for so many password resets within `guessesWindowSeconds`, then for one in the time below. */
export const resetsFromAddressMax = 20;
export const resetsFromAddressSlowSeconds = 60;
/** So many mails of one kind go to one address within `guessesWindowSeconds`, then one in the time below. */
export const mailsToAddressMax = 3;
export const mailsToAddressSlowSeconds = 1_200;
/** So many mails leave a region within `guessesWindowSeconds`, then one in the time below. */
export const mailsMax = 500;
export const mailsSlowSeconds = 10;
