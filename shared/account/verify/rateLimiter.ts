import type { RateLimit } from "./rateLimit.ts";
/** From which addresses somebody gave the right secret of an account of late. */
export interface KnownAddresses {
  /** Whether the right secret of a subject came from this place within `knownAddressDays`. */
  isKnownAddress(subject: string, place: string, now: number): Promise<boolean>;
  /** Remembers it. Of a subject's places the newest `knownAddressesMax` are kept. */
  addKnownAddress(subject: string, place: string, now: number): Promise<void>;
}

/** How often somebody guessed a secret of late, counted before it is known whether they were right. */
export interface RateLimiter extends KnownAddresses {
  /**
   * Counts a guess. Answers how many seconds to wait when it is one too many, which is then not counted; 0
   * when it may be made. The bound's `max` are let through within `attemptsWindowSeconds`, then one in its
   * `intervalSeconds`, however many come at once. A subject always has the same bound.
   */
  acquire(subject: string, now: number, limit: RateLimit): Promise<number>;
  /** Takes one guess off: it was right, or was not made. */
  release(subject: string): Promise<void>;
  /** Forgets them all. */
  reset(subject: string): Promise<void>;
}
