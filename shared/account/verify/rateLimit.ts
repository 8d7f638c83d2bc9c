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

/**
 * A rate limit: `max` attempts within `attemptsWindowSeconds`, then one attempt per
 * `intervalSeconds`.
 */
export interface RateLimit {
  readonly max: number;
  readonly intervalSeconds: number;
}

/** Attempts at the password or secret of one account. */
export const accountRateLimit: RateLimit = {
  max: attemptsPerAccountMax,
  intervalSeconds: attemptIntervalSeconds,
};

/** Attempts from one address at all accounts. */
export const addressRateLimit: RateLimit = {
  max: attemptsPerAddressMax,
  intervalSeconds: attemptIntervalSeconds,
};

/**
 * Attempts at the one-time passwords of one user. The limit is lower because one-time passwords are
 * short.
 */
export const otpRateLimit: RateLimit = { max: otpAttemptsMax, intervalSeconds: otpIntervalSeconds };

/** Enrollments of a second factor that one user starts. */
export const mfaStartRateLimit: RateLimit = {
  max: mfaStartsMax,
  intervalSeconds: attemptIntervalSeconds,
};

/** Password resets that one address requests. */
export const passwordResetRateLimit: RateLimit = {
  max: resetsPerAddressMax,
  intervalSeconds: resetIntervalSeconds,
};

/** Mails of one kind to one recipient. */
export const recipientRateLimit: RateLimit = {
  max: mailsPerRecipientMax,
  intervalSeconds: recipientIntervalSeconds,
};

/** All mails of a region. */
export const mailRateLimit: RateLimit = { max: mailsMax, intervalSeconds: mailIntervalSeconds };

/** The source addresses of successful attempts. */
export interface KnownAddresses {
  /**
   * Whether a successful attempt of the subject came from this address within `knownAddressDays`.
   */
  isKnownAddress(subject: string, place: string, now: number): Promise<boolean>;
  /** Stores the address. The newest `knownAddressesMax` addresses of a subject are kept. */
  addKnownAddress(subject: string, place: string, now: number): Promise<void>;
}

/** Counts attempts per subject before they are checked. */
export interface RateLimiter extends KnownAddresses {
  /**
   * Counts an attempt. Returns 0 if it is allowed; otherwise it is not counted, and the result is
   * the time to wait in seconds. `limit.max` attempts are allowed within `attemptsWindowSeconds`,
   * then one per `limit.intervalSeconds`, independent of concurrency. A subject always has the same
   * limit.
   */
  acquire(subject: string, now: number, limit: RateLimit): Promise<number>;
  /** Removes one attempt from the count. */
  release(subject: string): Promise<void>;
  /** Removes all attempts of the subject. */
  reset(subject: string): Promise<void>;
}

/** An IPv6 client usually has a /64 network, which counts as one address. */
const networkGroups = 4;

/**
 * The subject that counts the attempts from an address. IPv4-mapped IPv6 addresses are treated as
 * IPv4; of other IPv6 addresses, the /64 network counts.
 */
export const addressKey = (address: string): string => {
  // Also matches IPv4-mapped IPv6 addresses, for example ::ffff:192.0.2.1.
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
