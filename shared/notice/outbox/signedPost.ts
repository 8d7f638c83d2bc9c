import { sign } from "../../integration/kind/webhookSignature.ts";
import { Failure } from "../../platform/failure.ts";
import type { Post, TargetReply } from "../../target/target.ts";

interface Message {
  /** The same for each attempt. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/**
 * Sends a message to a webhook, signed by Standard Webhooks. Fails with `target_unavailable` unless
 * the webhook answers with a status of 2xx, and with `target_refused` if it answers 410 or the URL
 * is not allowed.
 */
export const signedPost = async (
  url: string,
  { id, body }: Message,
  { secret, now, post }: { secret: string; now: number; post: Post },
): Promise<TargetReply> => {
  const headers = {
    "content-type": "application/json",
    "user-agent": "Godwit",
    "webhook-id": id,
  };
  const request = { method: "POST" as const, url, headers, body, rejectUnauthorized: true };
  const reply = await post(sign(request, id, { signing: { secret }, now }));
  if (reply.status >= 200 && reply.status < 300) return reply;
  throw new Failure(`the webhook answered ${reply.status}`, {
    code: reply.status === 410 ? "target_refused" : "target_unavailable",
  });
};
