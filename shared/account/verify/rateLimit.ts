import { isIPv6 } from "node:net";
import {
  attemptIntervalSeconds,
  attemptsPerAccountMax,
  attemptsPerAddressMax,
  mailIntervalSeconds,
  mailsMax,
  mailsPerRecipientMax,
  mfaStartsMax,
  otpAttemptsMax,
  otpIntervalSeconds,
  recipientIntervalSeconds,
  resetIntervalSeconds,
  resetsPerAddressMax,
} from "./limits.ts";

/** How many guesses are let through within `attemptsWindowSeconds`, and one in how many seconds after that. */
export interface RateLimit {
  readonly max: number;
  readonly intervalSeconds: number;
}

/** At the secret of one account. */
export const accountRateLimit: RateLimit = {
  max: attemptsPerAccountMax,
  intervalSeconds: attemptIntervalSeconds,
};

/** From one address, at the secrets of all accounts. */
export const addressRateLimit: RateLimit = {
  max: attemptsPerAddressMax,
  intervalSeconds: attemptIntervalSeconds,
};

/** At the one-time passwords of one user: they are short. */
export const otpRateLimit: RateLimit = { max: otpAttemptsMax, intervalSeconds: otpIntervalSeconds };

/** Of new secrets for the second factor of one user. */
export const mfaStartRateLimit: RateLimit = {
  max: mfaStartsMax,
  intervalSeconds: attemptIntervalSeconds,
};

/** Of password resets that one address asks for. */
export const passwordResetRateLimit: RateLimit = {
  max: resetsPerAddressMax,
  intervalSeconds: resetIntervalSeconds,
};

/** Of mails of one kind to one address. */
export const recipientRateLimit: RateLimit = {
  max: mailsPerRecipientMax,
  intervalSeconds: recipientIntervalSeconds,
};

/** Of all mails of a region. */
export const mailRateLimit: RateLimit = { max: mailsMax, intervalSeconds: mailIntervalSeconds };

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

/** Who has one IPv6 address has some 2^64 of them: they count as one. */
const networkGroups = 4;

/** What stands for an address where guesses are counted. */
export const addressKey = (address: string): string => {
  // Also where it stands in an IPv6 one, as in ::ffff:192.0.2.1.
  const four = /[^:]*\..*$/.exec(address)?.[0];
  return `address#${four ?? (isIPv6(address) ? network(address) : address)}`;
};

const network = (address: string): string => {
  const [head = "", tail] = address.toLowerCase().split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after]
    .slice(0, networkGroups)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
};

const groupsOf = (text: string): string[] => (text === "" ? [] : text.split(":"));
