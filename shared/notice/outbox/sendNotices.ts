import type { Mailer } from "../../account/mail/mail.ts";
import { asError } from "../../platform/asError.ts";
import { Failure } from "../../platform/failure.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { Incident } from "../../status/incident.ts";
import type { Post } from "../../target/target.ts";
import type { Concern } from "../concern/concern.ts";
import { concernBody, concernLines } from "../concern/concernBody.ts";
import {
  noticeErrorCharsMax,
  noticePageMax,
  noticesAtOnceMax,
  noticesPerRunMax,
  noticeWaitsSeconds,
  reportAtLatestMs,
  reportWaitMs,
} from "../limits.ts";
import type { NoticeKeys } from "../subscription/noticeKeys.ts";
import type { Subscription, Subscriptions } from "../subscription/subscription.ts";
import { reportMarkdown } from "./incidentReport.ts";
import {
  type FanOut,
  type FanOuts,
  type Notice,
  type Notices,
  noticeId,
  reportUpdate,
} from "./notice.ts";
import { reportMail, tokenLink, updateMail } from "./noticeMail.ts";
import { signedPost } from "./signedPost.ts";
import { type MessageContext, webhookMessages } from "./webhookMessages.ts";

export interface SendDeps {
  readonly notices: Pick<Notices, "page" | "put">;
  readonly fanOuts: Pick<FanOuts, "put">;
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

/** The results of a run. */
export interface SentNotices {
  readonly delivered: number;
  readonly failed: number;
  readonly dead: number;
}

/**
 * Sends the notices of open fan-outs that are due, up to `noticesPerRunMax`, and stores the result
 * of each attempt. After a failure, a notice is sent again by `noticeWaitsSeconds`, and then
 * dead-lettered. A crash between an attempt and its result repeats the attempt. Stops at `deadline`
 * (milliseconds since 1970).
 */
export const sendNotices = async (
  fanOuts: readonly FanOut[],
  { incidents, deadline }: { incidents: readonly Incident[]; deadline: number },
  deps: SendDeps,
): Promise<SentNotices> => {
  const byId = new Map(incidents.map((one) => [one.id, one]));
  const results = { delivered: 0, failed: 0, dead: 0 };
  let left = noticesPerRunMax;
  for (const fanOut of fanOuts) {
    if (fanOut.dueAt > deps.now() || deps.now() >= deadline || left <= 0) continue;
    left -= await sendOfUpdate(
      fanOut,
      { incident: byId.get(fanOut.incident), deadline, left, results },
      deps,
    );
  }
  return results;
};

interface Run {
  readonly incident: Incident | undefined;
  readonly deadline: number;
  readonly left: number;
  readonly results: { delivered: number; failed: number; dead: number };
}

/** Returns the number of attempts. */
const sendOfUpdate = async (fanOut: FanOut, run: Run, deps: SendDeps): Promise<number> => {
  const { incident, update } = fanOut;
  let after: string | undefined;
  let tried = 0;
  let dueAt = Number.POSITIVE_INFINITY;
  do {
    const page = await deps.notices.page({ incident, update }, { limit: noticePageMax, after });
    const waiting = page.notices.filter(({ state }) => state === "waiting");
    const done = await mapConcurrently(waiting, noticesAtOnceMax, async (notice) => {
      const hasTime = deps.now() < run.deadline && tried < run.left;
      if (notice.dueAt > deps.now() || !hasTime) return notice;
      tried += 1;
      const after = await attempt(notice, run.incident, deps);
      await deps.notices.put(after);
      count(after, run);
      return after;
    });
    for (const one of done) if (one.state === "waiting") dueAt = Math.min(dueAt, one.dueAt);
    after = page.next;
  } while (after !== undefined);
  const isOpen = dueAt !== Number.POSITIVE_INFINITY || !fanOut.isComplete;
  await deps.fanOuts.put({
    ...fanOut,
    isOpen,
    dueAt: isOpen ? Math.min(dueAt, deps.now() + reportWaitMs) : fanOut.dueAt,
  });
  return tried;
};

const count = ({ state }: Notice, { results }: Run): void => {
  if (state === "delivered") results.delivered += 1;
  else if (state === "dead") results.dead += 1;
  else if (state === "waiting") results.failed += 1;
};

/** The notice after an attempt. */
const attempt = async (
  notice: Notice,
  incident: Incident | undefined,
  deps: SendDeps,
): Promise<Notice> => {
  const { subscriptions, now } = deps;
  const subscription = await subscriptions.find(notice.subscription);
  if (subscription === undefined) return { ...notice, state: "skipped", error: "unsubscribed" };
  if (incident === undefined) return { ...notice, state: "skipped", error: "no such incident" };
  const sent = { count: notice.sent };
  try {
    const isSent = await send(notice, { subscription, incident, sent }, deps);
    if (isSent === "later") return { ...notice, dueAt: now() + reportWaitMs };
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

const afterFailure = (notice: Notice, error: Error, { now }: Pick<SendDeps, "now">): Notice => {
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
}

/** Sends the messages of a notice. `later`: the report waits until the deliveries balance. */
const send = async (
  notice: Notice,
  { subscription, incident, sent }: Sending,
  deps: SendDeps,
): Promise<"delivered" | "skipped" | "later"> => {
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
