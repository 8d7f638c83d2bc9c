import * as z from "zod/mini";
import {
  mailAddressCharsMax,
  mailHeaderCharsMax,
  mailSubjectCharsMax,
  mailTextCharsMax,
} from "./limits.ts";

/** One ASCII mail address without a display name. */
export const mailAddress = z.email().check(z.maxLength(mailAddressCharsMax));

/** A mail to one recipient. The subject is one line. */
export const mail = z.object({
  to: mailAddress,
  subject: z
    .string()
    .check(z.minLength(1), z.maxLength(mailSubjectCharsMax), z.regex(/^\P{Cc}+$/u)),
  /** Plain text with lines that end in ` `. */
  text: z.string().check(z.maxLength(mailTextCharsMax)),
  /** Further headers, with printable ASCII characters. */
  headers: z.optional(
    z.record(
      z.string().check(z.regex(/^[A-Za-z-]{1,50}$/)),
      z.string().check(z.regex(/^[\x21-\x7e ]+$/), z.maxLength(mailHeaderCharsMax)),
    ),
  ),
});

export type Mail = z.output<typeof mail>;

/** The mail service. */
export interface Mailer {
  /**
   * Sends a mail. Fails with `target_refused` if the service rejects it permanently, and with
   * `target_unavailable` if it may succeed later. An address or subject that could be interpreted
   * differently fails before the request.
   */
  send(mail: Mail): Promise<void>;
}
