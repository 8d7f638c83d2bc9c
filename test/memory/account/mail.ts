import { type Mail, type Mailer, mail as mailSchema } from "#shared/account/mail/mail.ts";
import type { MailQueue, MailRequest } from "#shared/account/mail/mailRequest.ts";

/** A mail service in memory, with the mails that it accepted. */
export const memoryMailer = (): Mailer & { readonly sent: Mail[] } => {
  const sent: Mail[] = [];
  return {
    sent,
    async send(mail) {
      sent.push(mailSchema.parse(mail));
    },
  };
};

/** A queue of mails in memory, with what is in it. */
export const memoryMailQueue = (): MailQueue & { readonly waiting: MailRequest[] } => {
  const waiting: MailRequest[] = [];
  return {
    waiting,
    async send(order) {
      waiting.push(order);
    },
  };
};
