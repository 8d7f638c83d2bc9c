import type { Integration } from "../integration/model/integration.ts";
import type { IntegrationCache } from "../integration/model/integrationCache.ts";
import { Failure } from "../platform/failure.ts";
import type { AttemptResult } from "./attempt.ts";
import type { BatchRecord } from "./batchRecord.ts";
import { type DeadLetters, deadLetterOf } from "./deadLetter.ts";
import type { Delivery, DeliveryQueue, WaitingDeliveries } from "./delivery.ts";
import { breakerHoldMsMax, breakerSpreadMs, heldSecondsMax } from "./limits.ts";
import type { ResponsePublisher } from "./publishResponses.ts";
import { exceedsQueueDelay, nextAttempt } from "./schedule.ts";
import type { TargetHealthTracker } from "./trackTargetHealth.ts";

/**
 * What happens to a delivery after `deliver` took it from the queue.
 *
 * | Outcome | Meaning |
 * |---|---|
 * | `delivered` | the target accepted it |
 * | `waiting` | no attempt was made; it is in a queue or in the table again |
 * | `retried` | an attempt failed, and the next one is scheduled |
 * | `deadLettered` | it is a dead letter |
 * | `discarded` | its integration is deleted or does not match its event |
 */
export type DeliveryOutcome = "delivered" | "waiting" | "retried" | "deadLettered" | "discarded";

/** Dependencies of the outcomes. */
export interface OutcomeDeps {
  integrations: Pick<IntegrationCache, "targetHealthOf">;
  responses: Pick<ResponsePublisher, "publish">;
  targetHealth: TargetHealthTracker;
  deliveries: DeliveryQueue;
  /** A queue with workers of its own, for integrations whose attempts take long. */
  slowLane: DeliveryQueue;
  waiting: Pick<WaitingDeliveries, "keep">;
  deadLetters: Pick<DeadLetters, "put">;
  ledger: Pick<BatchRecord, "recordOutcome" | "recordAttempt">;
  now: () => number;
  chance: () => number;
  /** Called on a non-fatal error: the table of waiting deliveries is unavailable. */
  onError: (what: "wait", error: unknown) => void;
}

/** Stores the delivery as a dead letter. */
export const deadLetter = async (
  delivery: Delivery,
  reason: string,
  { deadLetters, ledger, now }: OutcomeDeps,
): Promise<DeliveryOutcome> => {
  await deadLetters.put(deadLetterOf(delivery, reason, now()));
  ledger.recordOutcome(delivery, "dead");
  return "deadLettered";
};

/**
 * Dead-letters a delivery for which no request can be made, and records an attempt with the reason.
 * The fault is in the event or the templates, so nothing is recorded about the target. The dead
 * letter can be replayed after the templates have been changed.
 */
export const deadLetterUnsendable = async (
  delivery: Delivery,
  { integration, reason }: { integration: Integration; reason: string },
  deps: OutcomeDeps,
): Promise<DeliveryOutcome> => {
  const { responses, ledger, now } = deps;
  responses.publish({ event: delivery.event, integration, failure: reason });
  ledger.recordAttempt(delivery, integration, { begun: now(), tookMs: 0, ok: false, reason });
  return deadLetter({ ...delivery, heldSince: undefined, reason, status: undefined }, reason, deps);
};

/**
 * Handles a failed attempt: schedules the next one, or dead-letters the delivery if there is none,
 * and records the failure in the target's health.
 */
export const retry = async (
  delivery: Delivery,
  { verdict, reason, status, retryAt, openUntil }: AttemptResult,
  { integration, deps }: { integration: Integration; deps: OutcomeDeps },
): Promise<DeliveryOutcome> => {
  const attempts = delivery.attempts + 1;
  const failed = { ...delivery, attempts, heldSince: undefined, reason, status };
  if (verdict === "redirected") return deadLetter(failed, reason, deps);
  if (verdict === "gone") {
    await deps.targetHealth.gone(integration, reason);
    return deadLetter(failed, reason, deps);
  }
  // Read again: the health from before the attempt may be 20 s old.
  const known = await deps.integrations.targetHealthOf(integration.fleet, integration.id);
  const recorded = deps.targetHealth.failed(integration, { known, attempts, reason, openUntil });
  const notBefore = nextAttempt(failed, { now: deps.now(), chance: deps.chance(), retryAt });
  if (notBefore === undefined) {
    const [outcome] = await Promise.all([deadLetter(failed, reason, deps), recorded]);
    return outcome;
  }
  await Promise.all([requeue({ ...failed, notBefore }, deps), recorded]);
  return "retried";
};

/**
 * Requeues a delivery without an attempt, or dead-letters it for `reason` if it would come back
 * after its deadline or has been held for `heldSecondsMax`. Each further hold lasts half as long as
 * the delivery has been held so far, up to `breakerHoldMsMax`, because every wait costs requests.
 */
export const hold = async (
  delivery: Delivery,
  { until, reason }: { until: number; reason: string },
  deps: OutcomeDeps,
): Promise<DeliveryOutcome> => {
  const now = deps.now();
  const heldSince = delivery.heldSince ?? now;
  const backoffUntil = now + Math.min((now - heldSince) / 2, breakerHoldMsMax);
  const notBefore = Math.round(Math.max(until, backoffUntil) + deps.chance() * breakerSpreadMs);
  const last = Math.min(delivery.deadline ?? notBefore, heldSince + heldSecondsMax * 1_000);
  if (notBefore > last) return deadLetter(delivery, reason, deps);
  return requeue({ ...delivery, notBefore, heldSince }, deps);
};

/**
 * Puts a delivery back until its `notBefore`: into the table if the wait exceeds the queue's
 * longest delay, otherwise into the queue, or the slow lane if a limit of usage slows it down. If
 * the table is unavailable, the queue takes several shorter waits.
 */
export const requeue = async (given: Delivery, deps: OutcomeDeps): Promise<DeliveryOutcome> => {
  const isSlowed = given.restriction?.action === "slow";
  const delivery: Delivery = { ...given, lane: isSlowed ? "slow" : undefined };
  const stored =
    exceedsQueueDelay(delivery.notBefore, deps.now()) && (await storeWaiting(delivery, deps));
  if (!stored) await sendTo(isSlowed ? deps.slowLane : deps.deliveries, delivery, deps);
  deps.ledger.recordOutcome(delivery, "waiting", delivery.notBefore);
  return "waiting";
};

const storeWaiting = async (
  delivery: Delivery,
  { waiting, onError }: OutcomeDeps,
): Promise<boolean> => {
  try {
    await waiting.keep(delivery);
    return true;
  } catch (error) {
    onError("wait", error);
    return false;
  }
};

/** Moves a delivery to the queue of the slow lane. */
export const moveToSlowLane = async (
  delivery: Delivery,
  deps: OutcomeDeps,
): Promise<DeliveryOutcome> => {
  await sendTo(deps.slowLane, { ...delivery, lane: "slow" }, deps);
  deps.ledger.recordOutcome(delivery, "waiting", deps.now());
  return "waiting";
};

const sendTo = async (
  queue: DeliveryQueue,
  delivery: Delivery,
  { now }: OutcomeDeps,
): Promise<void> => {
  const refused = await queue.send([delivery], now());
  const cause = refused.get(delivery.id);
  if (cause) {
    throw new Failure("the queue did not accept the delivery", { code: "unavailable", cause });
  }
};
