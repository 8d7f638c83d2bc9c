import type { Mail } from "../../account/mail/mail.ts";
import { shortened } from "../shortened.ts";
import { mailTitleCharsMax } from "./limits.ts";
import { type Notice, noticeLines, noticeTitle } from "./notice.ts";

/** The mail of a page. The subject is one line. */
export const pageMail = (notice: Notice, { to }: { readonly to: string }): Mail => {
  const title = noticeTitle(notice)
    .replaceAll(/\p{Cc}+/gu, " ")
    .toWellFormed();
  return {
    to,
    subject: shortened(title, mailTitleCharsMax),
    text: `${[notice.page.summary, "", ...noticeLines(notice)].join("\n")}\n`,
  };
};
