import { queueDelaySecondsMax } from "../platform/quotas.ts";
import type { Delivery } from "./delivery.ts";
import { deliveryJitter, deliveryWaitsSeconds } from "./limits.ts";

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
