import { Failure } from "../failure.ts";
import type { DeadLetters, Deliveries, KnownIntegrations, Post } from "../ports.ts";
import { deadLetterOf } from "./deadLetter.ts";
import type { Delivery } from "./delivery.ts";
import type { Integration } from "./integration.ts";
import { judge, type Verdict } from "./judge.ts";
import { render } from "./render.ts";
import { nextAttempt } from "./schedule.ts";

/** What became of a delivery that was taken from the queue. */
export type Outcome = "delivered" | "waiting" | "retried" | "buried" | "discarded";

interface Needs {
  integrations: Pick<KnownIntegrations, "find">;
  post: Post;
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
  const { verdict, reason } = await attempt(delivery, integration, needs);
  if (verdict === "delivered") return "delivered";
  const tried = { ...delivery, attempts: delivery.attempts + 1, reason };
  const notBefore =
    verdict === "gone" ? undefined : nextAttempt(tried, needs.now(), needs.chance());
  if (notBefore === undefined) {
    await needs.deadLetters.bury(deadLetterOf(tried, reason, needs.now()));
    return "buried";
  }
  await requeue({ ...tried, notBefore }, needs);
  return "retried";
};

const attempt = async (
  { event, id }: Delivery,
  integration: Integration,
  { post }: Needs,
): Promise<{ verdict: Verdict; reason: string }> => {
  try {
    const { status } = await post(render(integration, event, id));
    return { verdict: judge(status), reason: `the target answered ${status}` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { verdict: "failed", reason: error.message };
  }
};

const requeue = async (delivery: Delivery, { deliveries, now }: Needs): Promise<void> => {
  const refused = await deliveries.send([delivery], now());
  const cause = refused.get(delivery.id);
  if (cause) throw new Failure("the queue did not take it", { code: "unavailable", cause });
};
