import { randomBytes } from "node:crypto";
import { asError } from "../../platform/asError.ts";
import { Failure } from "../../platform/failure.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { Post } from "../../target/target.ts";
import {
  noticesPerRunMax,
  verificationAttemptsMax,
  verificationWaitMs,
  webhooksAtOnceMax,
} from "../limits.ts";
import { signedPost } from "../outbox/signedPost.ts";
import { activate } from "./confirmSubscription.ts";
import type { NoticeKeys } from "./noticeKeys.ts";
import type { Subscriptions, Verification, Verifications } from "./subscription.ts";

interface Deps {
  readonly verifications: Verifications;
  readonly subscriptions: Subscriptions;
  readonly keys: NoticeKeys;
  readonly post: Post;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Verifies the webhooks that await it: a webhook receives a signed request with a random challenge,
 * and must answer with a body that contains it. Then its subscription is active. A webhook that
 * fails `verificationAttemptsMax` times is forgotten. Requests are sent concurrently, so that slow
 * webhooks do not delay the others. Stops at `deadline` (milliseconds since 1970).
 */
export const verifyWebhooks = async (deadline: number, deps: Deps): Promise<void> => {
  const { verifications, now } = deps;
  const all = await verifications.list(noticesPerRunMax);
  const due = all.filter(({ dueAt }) => dueAt <= now());
  const asked = await mapConcurrently(due, webhooksAtOnceMax, async (verification) => {
    if (now() >= deadline) return undefined;
    const outcome = await challenge(verification, deps).then(() => "answered" as const, asError);
    return { verification, outcome };
  });
  // One after another: the number of webhooks of a host is limited.
  for (const one of asked) if (one !== undefined) await finish(one, deps);
};

const finish = async (
  { verification, outcome }: { verification: Verification; outcome: "answered" | Error },
  deps: Deps,
): Promise<void> => {
  const { verifications, now, onError } = deps;
  const { subscription, failed } = verification;
  // Its owner has ended it in the meantime.
  if ((await verifications.find(subscription.id)) === undefined) return;
  try {
    if (outcome !== "answered") throw outcome;
    await activate(subscription, deps);
  } catch (error) {
    onError("a webhook was not verified", { id: subscription.id, error: asError(error).message });
    const isLast = failed + 1 >= verificationAttemptsMax;
    if (isLast) await verifications.remove(subscription.id);
    else {
      const dueAt = now() + verificationWaitMs;
      await verifications.put({ ...verification, failed: failed + 1, dueAt });
    }
    return;
  }
  await verifications.remove(subscription.id);
};

const challenge = async ({ subscription }: Verification, deps: Deps): Promise<void> => {
  const { channel } = subscription;
  if (channel.kind !== "webhook") return;
  const text = randomBytes(16).toString("hex");
  const body = JSON.stringify({ type: "subscription.verification", challenge: text });
  const secret = await deps.keys.signingSecret(subscription);
  const id = `msg_${text}`;
  const options = { secret, now: deps.now(), post: deps.post };
  const reply = await signedPost(channel.url, { id, body }, options);
  if (!reply.body.includes(text)) {
    throw new Failure("the answer of the webhook does not contain the challenge", {
      code: "target_refused",
    });
  }
};
