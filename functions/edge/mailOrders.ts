import type { MailOrders } from "#shared/account/mail/mailOrder.ts";
import { openQueues, sqsMailOrders } from "#shared/aws/event/queues.ts";

/** The way to order mails; `undefined` while this cloud sends none. */
export const openMailOrders = ({
  MAIL_QUEUE_URL: url,
}: {
  MAIL_QUEUE_URL?: string | undefined;
}): MailOrders | undefined => (url === undefined ? undefined : sqsMailOrders(openQueues(), url));
