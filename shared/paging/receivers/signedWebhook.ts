import { sign } from "../../integration/kind/webhookSignature.ts";
import type { TargetRequest } from "../../target/target.ts";
import { jsonRequest } from "./jsonRequest.ts";
import type { Notice } from "./notice.ts";

/**
 * A webhook of the type `page.trigger` or `page.resolve`, signed by Standard Webhooks. `webhook-id`
 * is the same for each attempt.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const signedWebhookRequest = (
  notice: Notice,
  { url, secret }: { readonly url: string; readonly secret: string },
): TargetRequest => {
  const { page, event, now } = notice;
  const id = `${page.id}-${event}-${page.resolvedAt ?? page.since}`;
  const request = jsonRequest(
    url,
    {
      type: `page.${event}`,
      timestamp: new Date(
        event === "resolve" ? (page.resolvedAt ?? now) : page.since,
      ).toISOString(),
      data: {
        id: page.id,
        dedup_key: page.dedupKey,
        state: event === "resolve" ? "resolved" : "open",
        region: page.region,
        summary: page.summary,
        severity: page.severity,
        components: page.components,
        parts: page.slice,
        reason: page.reason,
        runbook: notice.runbook ?? null,
        since: new Date(page.since).toISOString(),
        resolved_at: page.resolvedAt === undefined ? null : new Date(page.resolvedAt).toISOString(),
        acknowledge_url: page.ackUrl ?? null,
      },
    },
    { "webhook-id": id },
  );
  return sign(request, id, { signing: { secret }, now });
};
