import { addressGuessesMax, guessesMax, guessesSlowSeconds } from "../limits.ts";

/** How many guesses are let through within `guessesWindowSeconds`, and one in how many seconds after that. */
export interface GuessBound {
  readonly max: number;
  readonly slowSeconds: number;
}

/** At the secret of one account. */
export const accountBound: GuessBound = { max: guessesMax, slowSeconds: guessesSlowSeconds };

/** From one address, at the secrets of all accounts. */
export const addressBound: GuessBound = { max: addressGuessesMax, slowSeconds: guessesSlowSeconds };
