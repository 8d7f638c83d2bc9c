import type { Mailer } from "../../account/mail/mail.ts";
import { asError } from "../../platform/asError.ts";
import { Failure } from "../../platform/failure.ts";
import type { Incident } from "../../status/incident.ts";
import type { Post } from "../../target/target.ts";
import type { Concern } from "../concern/concern.ts";
import { concernBody, concernLines } from "../concern/concernBody.ts";
import {
  noticeErrorCharsMax,
  noticeWaitsSeconds,
  reportAtLatestMs,
  reportWaitMs,
} from "../limits.ts";
import type { NoticeKeys } from "../subscription/noticeKeys.ts";
import type { Subscription, Subscriptions } from "../subscription/subscription.ts";
import { reportMarkdown } from "./incidentReport.ts";
import { type Notice, noticeId, reportUpdate } from "./notice.ts";
import { reportMail, tokenLink, updateMail } from "./noticeMail.ts";
import { signedPost } from "./signedPost.ts";
import { type MessageContext, webhookMessages } from "./webhookMessages.ts";

/** What an attempt requires. */
export interface AttemptDeps {
  readonly subscriptions: Pick<Subscriptions, "find" | "remove">;
  readonly keys: NoticeKeys;
  /** Absent in a deployment that sends no mail. */
  readonly mailer: Mailer | undefined;
  readonly post: Post;
  /** The concern of a product; `undefined` if the product does not exist any more. */
  readonly concernOf: (product: number, incident: Incident) => Promise<Concern | undefined>;
  readonly page: MessageContext["page"];
  readonly now: () => number;
}

/**
 * The notice after an attempt. An attempt at several messages of a webhook ends at `deadline`
 * (milliseconds since 1970), and the next one continues.
 */
export const attemptNotice = async (
  notice: Notice,
  { incident, deadline }: { incident: Incident | undefined; deadline: number },
  deps: AttemptDeps,
): Promise<Notice> => {
  const { subscriptions, now } = deps;
  const subscription = await subscriptions.find(notice.subscription);
  if (subscription === undefined) return { ...notice, state: "skipped", error: "unsubscribed" };
  if (incident === undefined) return { ...notice, state: "skipped", error: "no such incident" };
  const sent = { count: notice.sent };
  try {
    const isSent = await send(notice, { subscription, incident, sent, deadline }, deps);
    if (isSent === "later") return { ...notice, dueAt: now() + reportWaitMs };
    if (isSent === "continued") return { ...notice, sent: sent.count, dueAt: now() };
    const { error: _, ...rest } = notice;
    return {
      ...rest,
      state: isSent,
      sent: sent.count,
      attempts: notice.attempts + 1,
      triedAt: now(),
    };
  } catch (thrown) {
    return afterFailure({ ...notice, sent: sent.count }, asError(thrown), deps);
  }
};

const afterFailure = (notice: Notice, error: Error, { now }: Pick<AttemptDeps, "now">): Notice => {
  const attempts = notice.attempts + 1;
  const wait = noticeWaitsSeconds[attempts - 1];
  const isFinal = error instanceof Failure && error.code === "target_refused" && !error.retry;
  const isDead = wait === undefined || isFinal;
  return {
    ...notice,
    attempts,
    triedAt: now(),
    error: error.message.slice(0, noticeErrorCharsMax),
    ...(isDead ? { state: "dead" as const } : { dueAt: now() + wait * 1_000 }),
  };
};

interface Sending {
  readonly subscription: Subscription;
  readonly incident: Incident;
  /** The number of messages that the webhook has accepted. */
  readonly sent: { count: number };
  readonly deadline: number;
}

/**
 * Sends the messages of a notice. `later`: the report waits until the deliveries balance;
 * `continued`: the run has no time for the rest of its messages.
 */
const send = async (
  notice: Notice,
  { subscription, incident, sent, deadline }: Sending,
  deps: AttemptDeps,
): Promise<"delivered" | "skipped" | "later" | "continued"> => {
  const { keys, page, now } = deps;
  const { product } = subscription;
  const concern = product === undefined ? undefined : await deps.concernOf(product, incident);
  if (product !== undefined && concern === undefined) return "skipped";
  const isReport = notice.update === reportUpdate;
  if (isReport && concern !== undefined && !isReportDue(incident, concern, now())) return "later";
  const update = incident.updates.find(({ id }) => id === notice.update);
  if (!isReport && update === undefined) return "skipped";
  const token = await keys.linkToken(subscription);
  const context = { page, unsubscribe: tokenLink(subscription, "unsubscribe", token) };
  const body = concern && concernBody(concern);
  const report = isReport && body ? reportMarkdown(incident, body) : undefined;
  if (subscription.channel.kind === "email") {
    const to = subscription.channel.address;
    const { mailer } = deps;
    if (mailer === undefined)
      throw new Failure("this deployment sends no mail", { code: "refused" });
    if (report !== undefined) await mailer.send(reportMail(to, { incident, report }, context));
    else if (update !== undefined) {
      const more = body === undefined ? [] : [...concernLines(body), ""];
      await mailer.send(updateMail(to, { incident, update, more }, context));
    }
    return "delivered";
  }
  const messages = update
    ? webhookMessages(incident, update, context)
    : [{ meta: { unsubscribe: context.unsubscribe }, report }];
  const [first, ...rest] = messages;
  const all = [{ ...first, ...(body && { concern: body }) }, ...rest];
  for (const [number, message] of all.entries()) {
    if (number < sent.count) continue;
    if (number > notice.sent && now() >= deadline) return "continued";
    await signedPost(
      subscription.channel.url,
      { id: noticeId(notice, number), body: JSON.stringify(message) },
      { secret: await keys.signingSecret(subscription), now: now(), post: deps.post },
    );
    sent.count = number + 1;
  }
  return "delivered";
};

/** A report is final when the deliveries balance, or a day after the end of the incident. */
const isReportDue = ({ resolvedAt = 0 }: Incident, concern: Concern, now: number): boolean =>
  !concern.isProvisional || now >= resolvedAt + reportAtLatestMs;
