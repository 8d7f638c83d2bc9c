import { mailRequestMs } from "../../account/mail/limits.ts";
import { type Mailer, mail as mailSchema } from "../../account/mail/mail.ts";
import { Failure } from "../../platform/failure.ts";
import { openCaller, ServiceError } from "../call/call.ts";
import { openEndpoint } from "../call/endpoint.ts";

interface Options {
  /** The sender of all mails: an identity that is verified in SES in this region. */
  readonly from: string;
}

/** One attempt: the queue of mails repeats it. */
const policy = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: mailRequestMs, requestTimeout: mailRequestMs },
};

/**
 * Sends mails with SES.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
export const sesMailer = ({ from }: Options): Mailer => {
  const caller = openCaller("ses", policy);
  const endpoint = openEndpoint("SESV2", "email");
  return {
    async send(mail) {
      const { to, subject, text, headers: more = {} } = mailSchema.parse(mail);
      const utf8 = (Data: string) => ({ Data, Charset: "UTF-8" });
      const body = JSON.stringify({
        FromEmailAddress: from,
        Destination: { ToAddresses: [to] },
        Content: {
          Simple: {
            Subject: utf8(subject),
            Body: { Text: utf8(text) },
            // https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
            ...(Object.keys(more).length > 0 && {
              Headers: Object.entries(more).map(([Name, Value]) => ({ Name, Value })),
            }),
          },
        },
      });
      const headers = { "content-type": "application/json" };
      const request = { method: "POST", path: "/v2/email/outbound-emails", headers, body };
      await caller.send(endpoint(), request).catch((error: unknown) => {
        throw asFailure(error);
      });
    },
  };
};

const asFailure = (error: unknown): Failure => {
  if (!(error instanceof ServiceError)) {
    return new Failure("SES did not respond", { code: "target_unavailable", cause: error });
  }
  const { httpStatusCode: status } = error.$metadata;
  const why = `SES answered ${status}: ${error.message.slice(0, 500)}`;
  // 403 is retried: permissions may be fixed, and the clock of a signature may be off briefly.
  const mayWorkLater = status === 403 || status === 429 || status >= 500;
  return new Failure(why, { code: mayWorkLater ? "target_unavailable" : "target_refused" });
};
