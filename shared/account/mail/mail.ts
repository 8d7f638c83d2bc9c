import * as z from "zod/mini";
import { mailAddressCharsMax, mailSubjectCharsMax, mailTextCharsMax } from "./limits.ts";

/** One address of ASCII letters, with no name beside it and no second one. */
export const mailAddress = z.email().check(z.maxLength(mailAddressCharsMax));

/** A mail to one person. Its subject is one line. */
export const mail = z.object({
  to: mailAddress,
  subject: z
    .string()
    .check(z.minLength(1), z.maxLength(mailSubjectCharsMax), z.regex(/^\P{Cc}+$/u)),
  /** Plain text, its lines ended by `\n`. */
  text: z.string().check(z.maxLength(mailTextCharsMax)),
});

export type Mail = z.output<typeof mail>;

/** The service that takes mails to people. */
export interface Mailer {
  /**
   * Hands a mail over. Fails with `target_refused` when it will never be taken, with `target_unavailable` when it may be
   * later, and before it asks when the mail's address or subject could be read as something else.
   */
  send(mail: Mail): Promise<void>;
}
