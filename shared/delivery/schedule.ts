import { queueDelaySecondsMax } from "../platform/quotas.ts";
import type { Delivery } from "./delivery.ts";
import { deliveryJitter, deliveryWaitsSeconds, retryAfterSecondsMax } from "./limits.ts";

interface Moment {
  /** In milliseconds since 1970. */
  readonly now: number;
  /** From 0 to 1. */
  readonly chance: number;
  /** Until when the target wants to be left alone, in milliseconds since 1970. */
  readonly retryAt?: number | undefined;
}

/**
 * When a delivery is tried again, in milliseconds since 1970; `undefined` when it is given up: the schedule
 * is used up or its deadline comes first. A target that asked for a longer wait gets it, and a little more,
 * so that not all come at the same moment.
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

/** Whether a delivery waits for longer than the queue can delay it. */
export const exceedsQueueDelay = (notBefore: number, now: number): boolean =>
  notBefore - now > queueDelaySecondsMax * 1_000;

/** The delay to ask the queue for, in whole seconds. A longer wait than the queue can do takes several. */
export const queueDelay = (notBefore: number, now: number): number =>
  Math.min(queueDelaySecondsMax, Math.max(0, Math.ceil((notBefore - now) / 1_000)));

/** Nobody but a server of long ago writes another form: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Until when a target asks to be left alone by `Retry-After`, seconds or a date, in milliseconds since 1970:
 * `retryAfterSecondsMax` ahead at most. `undefined` when it does not, or says something else.
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
