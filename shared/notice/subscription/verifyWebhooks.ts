import { randomBytes } from "node:crypto";
import { asError } from "../../platform/asError.ts";
import { Failure } from "../../platform/failure.ts";
import type { Post } from "../../target/target.ts";
import { noticesPerRunMax, verificationAttemptsMax, verificationWaitMs } from "../limits.ts";
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
 * fails `verificationAttemptsMax` times is forgotten. Stops at `deadline` (milliseconds since
 * 1970).
 */
export const verifyWebhooks = async (deadline: number, deps: Deps): Promise<void> => {
  const { verifications, now } = deps;
  for (const verification of await verifications.list(noticesPerRunMax)) {
    if (now() >= deadline) return;
    if (verification.dueAt <= now()) await verify(verification, deps);
  }
};

const verify = async (verification: Verification, deps: Deps): Promise<void> => {
  const { verifications, now, onError } = deps;
  const { subscription, failed } = verification;
  try {
    await challenge(verification, deps);
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
