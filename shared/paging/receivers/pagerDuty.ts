import type { TargetRequest } from "../../target/target.ts";
import { shortened } from "../shortened.ts";
import { jsonRequest } from "./jsonRequest.ts";
import { pagerDutySummaryCharsMax } from "./limits.ts";
import { type Notice, noticeTitle, runbookUrl } from "./notice.ts";

const urlDefault = "https://events.pagerduty.com/v2/enqueue";

/**
 * An event of the Events API v2. PagerDuty groups events by `dedup_key`, and a `resolve` needs
 * nothing else.
 * https://developer.pagerduty.com/docs/send-alert-event
 */
export const pagerDutyRequest = (
  notice: Notice,
  { secret, url = urlDefault }: { readonly secret: string; readonly url?: string | undefined },
): TargetRequest => {
  const { page, event } = notice;
  const common = { routing_key: secret, event_action: event, dedup_key: page.dedupKey };
  if (event === "resolve") return jsonRequest(url, common);
  const links = [
    { href: runbookUrl(notice), text: "Runbook" },
    { href: page.ackUrl, text: "Acknowledge the self-test" },
  ].filter(({ href }) => href !== undefined);
  return jsonRequest(url, {
    ...common,
    client: "Godwit",
    ...(links.length > 0 && { links }),
    payload: {
      summary: shortened(noticeTitle(notice), pagerDutySummaryCharsMax),
      source: `godwit ${page.region}`,
      severity: page.severity,
      timestamp: new Date(page.since).toISOString(),
      component: page.components[0] ?? "operations",
      group: page.source,
      class: page.runbook ?? page.key,
      custom_details: {
        key: page.key,
        components: page.components,
        parts: page.slice,
        reason: page.reason,
        runbook: notice.runbook ?? null,
      },
    },
  });
};
