import type { Mailer } from "../account/mail/mail.ts";
import { Failure } from "../platform/failure.ts";
import { parseRetryAfter } from "../target/retryAfter.ts";
import type { Post, TargetReply, TargetRequest } from "../target/target.ts";
import { retryMsMax } from "./limits.ts";
import type { PageSecrets } from "./pageSecrets.ts";
import { type Receiver, secretNames } from "./receiver.ts";
import { alertmanagerRequest } from "./receivers/alertmanager.ts";
import type { Notice } from "./receivers/notice.ts";
import { opsgenieRequest } from "./receivers/opsgenie.ts";
import { pageMail } from "./receivers/pageMail.ts";
import { pagerDutyRequest } from "./receivers/pagerDuty.ts";
import { signedWebhookRequest } from "./receivers/signedWebhook.ts";
import { slackRequest } from "./receivers/slack.ts";
import { shortened } from "./shortened.ts";

/**
 * The result of an attempt. `refused`: the receiver does not accept the request, also not later.
 * `result` is a sentence without secrets.
 */
export type Outcome =
  | { readonly kind: "accepted"; readonly result: string }
  | { readonly kind: "refused"; readonly result: string }
  | { readonly kind: "failed"; readonly result: string; readonly waitMs?: number };

export interface SendDeps {
  readonly post: Post;
  readonly secrets: PageSecrets;
  /** Absent without a sender of mails. */
  readonly mailer: Mailer | undefined;
}

/**
 * Statuses after which the same request may be accepted, besides 5xx: a secret may be corrected.
 */
const mayPass: ReadonlySet<number> = new Set([401, 403, 408, 425, 429]);

const replyCharsMax = 200;

/** Sends a notice to a receiver, once. Never fails. */
export const sendPage = async (
  notice: Notice,
  receiver: Receiver,
  deps: SendDeps,
): Promise<Outcome> => {
  let secret: string | undefined;
  try {
    secret = await secretOf(receiver, deps.secrets);
    if (receiver.kind === "email") return await sendMail(notice, receiver.to, deps.mailer);
    const reply = await deps.post(requestOf(notice, receiver, secret));
    return outcomeOf(reply, { secret, now: notice.now });
  } catch (error) {
    const result = redacted(error instanceof Error ? error.message : String(error), secret);
    const isFinal = error instanceof Failure && !error.retry;
    return { kind: isFinal ? "refused" : "failed", result };
  }
};

const secretOf = async (receiver: Receiver, secrets: PageSecrets): Promise<string | undefined> => {
  const [name] = secretNames([receiver]);
  if (name === undefined) return undefined;
  const secret = (await secrets.read([name])).get(name);
  // The parameter may be created later.
  if (secret === undefined) {
    throw new Failure(`there is no parameter ${name} in Systems Manager`, { code: "unavailable" });
  }
  return secret.trim();
};

const sendMail = async (
  notice: Notice,
  to: string,
  mailer: Mailer | undefined,
): Promise<Outcome> => {
  if (mailer === undefined) {
    return { kind: "refused", result: "the deployment has no sender of mails: mailFrom" };
  }
  await mailer.send(pageMail(notice, { to }));
  return { kind: "accepted", result: "SES accepted the mail" };
};

const requestOf = (
  notice: Notice,
  receiver: Exclude<Receiver, { kind: "email" }>,
  secret: string | undefined,
): TargetRequest => {
  if (receiver.kind === "alertmanager") return alertmanagerRequest(notice, { ...receiver, secret });
  if (secret === undefined) throw new Error(`the receiver ${receiver.name} has no secret`);
  switch (receiver.kind) {
    case "pagerDuty":
      return pagerDutyRequest(notice, { ...receiver, secret });
    case "opsgenie":
      return opsgenieRequest(notice, { ...receiver, secret });
    case "slack":
      return slackRequest(notice, { secret });
    case "webhook":
      return signedWebhookRequest(notice, { ...receiver, secret });
  }
};

const outcomeOf = (
  reply: TargetReply,
  { secret, now }: { readonly secret: string | undefined; readonly now: number },
): Outcome => {
  const { status, body } = reply;
  const said = redacted(body.replaceAll(/\s+/g, " ").trim(), secret);
  const result = `the receiver answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status >= 200 && status < 300) return { kind: "accepted", result };
  if (status < 500 && !mayPass.has(status)) return { kind: "refused", result };
  const waitMs = waitOf(reply.retryAfter, now);
  return { kind: "failed", result, ...(waitMs !== undefined && { waitMs }) };
};

/** How long the receiver asks to wait, bounded. */
const waitOf = (retryAfter: string | undefined, now: number): number | undefined => {
  const at = parseRetryAfter(retryAfter, { now, msMax: retryMsMax });
  return at && at - now;
};

/** A text without the secret and without its parts: the URL of Slack has it in its path. */
const redacted = (text: string, secret: string | undefined): string => {
  const parts = secret === undefined ? [] : [secret, secret.replace(/^whsec_/, "")];
  const hidden = parts.reduce(
    (left, part) => (part === "" ? left : left.replaceAll(part, "…")),
    text,
  );
  return shortened(hidden, replyCharsMax);
};
