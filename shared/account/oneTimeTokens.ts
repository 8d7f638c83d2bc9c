import type { OneTimeToken } from "./oneTimeToken.ts";

/** One-time tokens: of log-ins that wait for a second factor, and of mails. */
export interface OneTimeTokens {
  add(token: OneTimeToken): Promise<void>;
  /** The token as it is now in this region, also one that has expired. */
  find(hash: string): Promise<OneTimeToken | undefined>;
  /** Answers whether there was one: of all who ask, one gets `true`. */
  remove(hash: string): Promise<boolean>;
}
