import * as z from "zod/mini";
import { mailMinutesMax } from "../../account/mail/limits.ts";
import { type SendMailDeps, sendWithinLimits } from "../../account/mail/sendMail.ts";
import { minuteMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import { confirmationMail } from "../outbox/noticeMail.ts";
import { addPendingSubscription } from "./confirmSubscription.ts";
import { type PendingSubscriptions, unconfirmedSubscription } from "./subscription.ts";

/**
 * A mail with the link that confirms a subscription, as queued. The token of the link is created
 * when the mail is sent, so no queue contains a token.
 */
export const confirmationRequest = z.object({
  kind: z.literal("status-subscription"),
  subscription: unconfirmedSubscription,
  /** Time of the request, in milliseconds since 1970. */
  orderedAt: z.number(),
});

export type ConfirmationRequest = z.output<typeof confirmationRequest>;

/** The queue of the function that sends mails. */
export interface ConfirmationQueue {
  send(request: ConfirmationRequest): Promise<void>;
}

/**
 * Sends the mail that confirms a subscription, within the rate limits of its recipient and of all
 * mails. Fails with `target_refused` if the request is older than `mailMinutesMax` or can never be
 * sent.
 */
export const sendConfirmation = async (
  { subscription, orderedAt }: ConfirmationRequest,
  deps: SendMailDeps & { pending: Pick<PendingSubscriptions, "add">; title: string },
): Promise<void> => {
  const { channel } = subscription;
  if (channel.kind !== "email") return;
  if (deps.now() - orderedAt > mailMinutesMax * minuteMs) {
    throw new Failure("the mail has expired in the queue", { code: "target_refused" });
  }
  const to = channel.address;
  const write = async () =>
    confirmationMail(to, subscription, {
      title: deps.title,
      token: await addPendingSubscription(subscription, deps),
    });
  await sendWithinLimits("status-subscription", to, write, deps);
};
