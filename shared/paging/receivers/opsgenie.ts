import type { Severity } from "../../alarm/alarmText.ts";
import type { TargetRequest } from "../../target/target.ts";
import { shortened } from "../shortened.ts";
import { jsonRequest } from "./jsonRequest.ts";
import {
  opsgenieDescriptionCharsMax,
  opsgenieEntityCharsMax,
  opsgenieMessageCharsMax,
  opsgenieNoteCharsMax,
  opsgenieSourceCharsMax,
} from "./limits.ts";
import { type Notice, noticeLines, noticeTitle } from "./notice.ts";

const urlDefault = "https://api.opsgenie.com/v2/alerts";

const priorities: Readonly<Record<Severity, string>> = {
  critical: "P1",
  error: "P2",
  warning: "P4",
};

/**
 * A request of the Alert API: an alert is created, and closed by its alias.
 * https://docs.opsgenie.com/docs/alert-api
 */
export const opsgenieRequest = (
  notice: Notice,
  { secret, url = urlDefault }: { readonly secret: string; readonly url?: string | undefined },
): TargetRequest => {
  const { page, event } = notice;
  const headers = { authorization: `GenieKey ${secret}` };
  const source = shortened(`godwit ${page.region}`, opsgenieSourceCharsMax);
  if (event === "resolve") {
    const closing = new URL(`${url.replace(/\/$/, "")}/${encodeURIComponent(page.dedupKey)}/close`);
    closing.searchParams.set("identifierType", "alias");
    const note = shortened(noticeLines(notice).join("\n"), opsgenieNoteCharsMax);
    return jsonRequest(closing.href, { source, note }, headers);
  }
  return jsonRequest(
    url,
    {
      message: shortened(noticeTitle(notice), opsgenieMessageCharsMax),
      alias: page.dedupKey,
      description: shortened(noticeLines(notice).join("\n"), opsgenieDescriptionCharsMax),
      entity: shortened(page.key, opsgenieEntityCharsMax),
      source,
      priority: priorities[page.severity],
      tags: ["godwit", page.region, ...page.components],
      details: { runbook: notice.runbook ?? "", parts: page.slice.join("; ") },
    },
    headers,
  );
};
