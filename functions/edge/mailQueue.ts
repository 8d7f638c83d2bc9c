import type { MailQueue } from "#shared/account/mail/mailRequest.ts";
import { openQueues, sqsMailQueue } from "#shared/aws/event/queues.ts";

/** The way to order mails; `undefined` while this cloud sends none. */
export const openMailQueue = ({
  MAIL_QUEUE_URL: url,
}: {
  MAIL_QUEUE_URL?: string | undefined;
}): MailQueue | undefined => (url === undefined ? undefined : sqsMailQueue(openQueues(), url));
