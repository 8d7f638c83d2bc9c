import type { TargetRequest } from "../../target/target.ts";
import { shortened } from "../shortened.ts";
import { jsonRequest } from "./jsonRequest.ts";
import { slackHeaderCharsMax, slackSectionCharsMax } from "./limits.ts";
import { type Notice, noticeLines, noticeTitle } from "./notice.ts";

/** Slack's control characters: https://docs.slack.dev/messaging/formatting-message-text/ */
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/**
 * A message of an incoming webhook, whose URL is the secret.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
 */
export const slackRequest = (
  notice: Notice,
  { secret }: { readonly secret: string },
): TargetRequest => {
  const title = noticeTitle(notice);
  const lines = escaped(noticeLines(notice).join("\n"));
  return jsonRequest(secret, {
    // Shown in notifications.
    text: escaped(title),
    blocks: [
      { type: "header", text: { type: "plain_text", text: shortened(title, slackHeaderCharsMax) } },
      { type: "section", text: { type: "mrkdwn", text: shortened(lines, slackSectionCharsMax) } },
    ],
  });
};
