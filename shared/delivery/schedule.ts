import { queueDelaySecondsMax } from "../platform/quotas.ts";
import type { Delivery } from "./delivery.ts";
import { deliveryJitter, deliveryWaitsSeconds, retryAfterSecondsMax } from "./limits.ts";

interface Moment {
  /** In milliseconds since 1970. */
  readonly now: number;
  /** A random number from 0 to 1. */
  readonly chance: number;
  /** The time that the target requested by `Retry-After`, in milliseconds since 1970. */
  readonly retryAt?: number | undefined;
}

/**
 * Returns the time of the next attempt, in milliseconds since 1970, or `undefined` if there is
 * none: the schedule is exhausted, or the next attempt would be after the deadline. A longer wait
 * requested by the target is respected, with jitter so that not all deliveries arrive at the same
 * moment.
 */
export const nextAttempt = (
  { attempts, deadline }: Pick<Delivery, "attempts" | "deadline">,
  { now, chance, retryAt = now }: Moment,
): number | undefined => {
  const wait = deliveryWaitsSeconds[attempts - 1];
  if (wait === undefined) return undefined;
  const jitter = 1 + deliveryJitter * (2 * chance - 1);
  const planned = now + wait * 1_000 * jitter;
  const asked = now + (retryAt - now) * (1 + deliveryJitter * chance);
  const next = Math.round(Math.max(planned, asked));
  return deadline !== undefined && next > deadline ? undefined : next;
};

/** Whether a wait exceeds the queue's longest delay. */
export const exceedsQueueDelay = (notBefore: number, now: number): boolean =>
  notBefore - now > queueDelaySecondsMax * 1_000;

/** Returns the queue delay in whole seconds, at most the queue's longest delay. */
export const queueDelay = (notBefore: number, now: number): number =>
  Math.min(queueDelaySecondsMax, Math.max(0, Math.ceil((notBefore - now) / 1_000)));

/** The only date format in use: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Parses `Retry-After` (seconds or an HTTP date) to a time in milliseconds since 1970, at most
 * `retryAfterSecondsMax` ahead. Returns `undefined` if the header is absent, malformed or in the
 * past.
 */
export const parseRetryAfter = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? "";
  const at = /^\d{1,15}$/.test(text) ? now + Number(text) * 1_000 : dateMs(text);
  if (at === undefined || at <= now) return undefined;
  return Math.min(at, now + retryAfterSecondsMax * 1_000);
};

const dateMs = (text: string): number | undefined => {
  const ms = httpDate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
};
