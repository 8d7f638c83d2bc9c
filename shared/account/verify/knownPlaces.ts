import type { GuessBound } from "./guessBound.ts";
/** From which addresses somebody gave the right secret of an account of late. */
export interface KnownPlaces {
  /** Whether the right secret of a subject came from this place within `knownPlaceDays`. */
  isKnown(subject: string, place: string, now: number): Promise<boolean>;
  /** Remembers it. Of a subject's places the newest `knownPlacesMax` are kept. */
  remember(subject: string, place: string, now: number): Promise<void>;
}

/** How often somebody guessed a secret of late, counted before it is known whether they were right. */
export interface Guesses extends KnownPlaces {
  /**
   * Counts a guess. Answers how many seconds to wait when it is one too many, which is then not counted; 0
   * when it may be made. The bound's `max` are let through within `guessesWindowSeconds`, then one in its
   * `slowSeconds`, however many come at once. A subject always has the same bound.
   */
  take(subject: string, now: number, bound: GuessBound): Promise<number>;
  /** Takes one guess off: it was right, or was not made. */
  giveBack(subject: string): Promise<void>;
  /** Forgets them all. */
  clear(subject: string): Promise<void>;
}
