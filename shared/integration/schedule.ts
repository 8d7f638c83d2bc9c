import { deliveryJitter, deliveryWaitsSeconds, queueDelaySecondsMax } from "../limits.ts";
import type { Delivery } from "./delivery.ts";

/**
 * When a delivery is tried again, in milliseconds since 1970; `undefined` when it is given up: the schedule
 * is used up or its deadline comes first. `chance` is from 0 to 1.
 */
export const nextAttempt = (
  { attempts, deadline }: Pick<Delivery, "attempts" | "deadline">,
  now: number,
  chance: number,
): number | undefined => {
  const wait = deliveryWaitsSeconds[attempts - 1];
  if (wait === undefined) return undefined;
  const jitter = 1 + deliveryJitter * (2 * chance - 1);
  const next = Math.round(now + wait * 1_000 * jitter);
  return deadline !== undefined && next > deadline ? undefined : next;
};

/** The delay to ask the queue for, in whole seconds. A longer wait than the queue can do takes several. */
export const queueDelay = (notBefore: number, now: number): number =>
  Math.min(queueDelaySecondsMax, Math.max(0, Math.ceil((notBefore - now) / 1_000)));
