import {
  addressGuessesMax,
  guessesMax,
  guessesSlowSeconds,
  mailsMax,
  mailsSlowSeconds,
  mailsToAddressMax,
  mailsToAddressSlowSeconds,
  mfaStartsMax,
  otpGuessesMax,
  otpSlowSeconds,
  resetsFromAddressMax,
  resetsFromAddressSlowSeconds,
} from "./limits.ts";

/** How many guesses are let through within `guessesWindowSeconds`, and one in how many seconds after that. */
export interface GuessBound {
  readonly max: number;
  readonly slowSeconds: number;
}

/** At the secret of one account. */
export const accountBound: GuessBound = { max: guessesMax, slowSeconds: guessesSlowSeconds };

/** From one address, at the secrets of all accounts. */
export const addressBound: GuessBound = { max: addressGuessesMax, slowSeconds: guessesSlowSeconds };

/** At the one-time passwords of one user: they are short. */
export const otpBound: GuessBound = { max: otpGuessesMax, slowSeconds: otpSlowSeconds };

/** Of new secrets for the second factor of one user. */
export const mfaStartBound: GuessBound = { max: mfaStartsMax, slowSeconds: guessesSlowSeconds };

/** Of password resets that one address asks for. */
export const resetBound: GuessBound = {
  max: resetsFromAddressMax,
  slowSeconds: resetsFromAddressSlowSeconds,
};

/** Of mails of one kind to one address. */
export const recipientBound: GuessBound = {
  max: mailsToAddressMax,
  slowSeconds: mailsToAddressSlowSeconds,
};

/** Of all mails of a region. */
export const mailsBound: GuessBound = { max: mailsMax, slowSeconds: mailsSlowSeconds };
