import { Failure } from "../failure.ts";
import { breakerSpreadMs, furtherRequestMs, heldSecondsMax } from "../limits.ts";
import type { DeadLetters, Deliveries, KnownIntegrations, Post } from "../ports.ts";
import type { Breaker } from "./breaker.ts";
import { deadLetterOf } from "./deadLetter.ts";
import type { Delivery } from "./delivery.ts";
import type { Integration } from "./integration.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Means } from "./kind.ts";
import { kindOf } from "./kindOf.ts";
import { nextAttempt } from "./schedule.ts";
import type { Responses } from "./tellResponses.ts";

/** What became of a delivery that was taken from the queue. */
export type Outcome = "delivered" | "waiting" | "retried" | "buried" | "discarded";

interface Needs {
  integrations: Pick<KnownIntegrations, "find">;
  post: Post;
  token: Means["token"];
  /** Tells the fleet what became of attempts. */
  responses: Pick<Responses, "tell">;
  breaker: Breaker;
  deliveries: Deliveries;
  deadLetters: Pick<DeadLetters, "bury">;
  now: () => number;
  chance: () => number;
}

/**
 * Makes one attempt, if its time has come. When this answers, the delivery has arrived, is in the queue
 * again, or is a dead letter: only then may its message leave the queue. A delivery whose integration its
 * owner has deleted is discarded.
 */
export const deliver = async (delivery: Delivery, needs: Needs): Promise<Outcome> => {
  if (needs.now() < delivery.notBefore) {
    await requeue(delivery, needs);
    return "waiting";
  }
  const { fleet } = delivery.event;
  const integration = await needs.integrations.find(fleet, delivery.integration);
  if (integration === undefined) return "discarded";
  const heldUntil = needs.breaker.heldUntil(integration.id, needs.now());
  if (heldUntil !== undefined) return hold(delivery, heldUntil, needs);
  const { verdict, reason } = await attempt(delivery, integration, needs);
  if (verdict === "delivered") return "delivered";
  const tried = { ...delivery, attempts: delivery.attempts + 1, heldSince: undefined, reason };
  const notBefore =
    verdict === "gone" ? undefined : nextAttempt(tried, needs.now(), needs.chance());
  if (notBefore === undefined) return bury(tried, reason, needs);
  await requeue({ ...tried, notBefore }, needs);
  return "retried";
};

const attempt = async (
  { event, id }: Delivery,
  integration: Integration,
  { post, token, breaker, responses, now }: Needs,
): Promise<{ verdict: Verdict; reason: string }> => {
  const begun = now();
  const report = (failed: boolean) =>
    breaker.report(integration.id, { failed, tookMs: now() - begun }, now());
  try {
    const ask: Means["ask"] = (request) => {
      if (now() - begun <= furtherRequestMs) return post(request);
      throw new Failure("it took too long to ask for more", { code: "target_unavailable" });
    };
    const means = { ask, token, now };
    const reply = await kindOf(integration).send(integration, { id, event }, means);
    const verdict = judge(reply.status);
    report(verdict === "failed");
    responses.tell({ event, integration, reply });
    return { verdict, reason: `the target answered ${reply.status}` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report(true);
    responses.tell({ event, integration, failure: error.message });
    return { verdict: "failed", reason: error.message };
  }
};

/** Puts a delivery back without an attempt; gives it up when it would come too late. */
const hold = async (delivery: Delivery, until: number, needs: Needs): Promise<Outcome> => {
  const heldSince = delivery.heldSince ?? needs.now();
  const notBefore = Math.round(until + needs.chance() * breakerSpreadMs);
  const last = Math.min(delivery.deadline ?? notBefore, heldSince + heldSecondsMax * 1_000);
  if (notBefore > last) return bury(delivery, delivery.reason ?? "the target hangs", needs);
  await requeue({ ...delivery, notBefore, heldSince }, needs);
  return "waiting";
};

const bury = async (delivery: Delivery, reason: string, needs: Needs): Promise<Outcome> => {
  await needs.deadLetters.bury(deadLetterOf(delivery, reason, needs.now()));
  return "buried";
};

const requeue = async (delivery: Delivery, { deliveries, now }: Needs): Promise<void> => {
  const refused = await deliveries.send([delivery], now());
  const cause = refused.get(delivery.id);
  if (cause) throw new Failure("the queue did not take it", { code: "unavailable", cause });
};
