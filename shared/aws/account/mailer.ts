import type { SQSClient } from "@aws-sdk/client-sqs";
import { SignatureV4 } from "@smithy/signature-v4";
import * as z from "zod/mini";
import { mailRequestMs } from "../../account/mail/limits.ts";
import { type Mailer, mail as mailSchema } from "../../account/mail/mail.ts";
import { Failure } from "../../platform/failure.ts";
import { parseJson } from "../../platform/parseJson.ts";

/** The source of credentials and region: a client that the function already uses. */
type Signing = Pick<SQSClient, "config">;

interface Options {
  /** The sender of all mails: an identity that is verified in SES in this region. */
  readonly from: string;
  /** The endpoint of SES, if it is not that of AWS: the SDK's variable `AWS_ENDPOINT_URL_SESV2`. */
  readonly endpoint?: string | undefined;
}

/** Sends mails with SES. It signs the only request itself, which avoids another SDK package. */
export const sesMailer = (
  { config }: Signing,
  { from, endpoint = process.env.AWS_ENDPOINT_URL_SESV2 }: Options,
): Mailer => ({
  async send(mail) {
    const { to, subject, text } = mailSchema.parse(mail);
    const region = await config.region();
    const url = new URL(
      "/v2/email/outbound-emails",
      endpoint ?? `https://email.${region}.amazonaws.com`,
    );
    const utf8 = (Data: string) => ({ Data, Charset: "UTF-8" });
    const body = JSON.stringify({
      FromEmailAddress: from,
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: utf8(subject), Body: { Text: utf8(text) } } },
    });
    await post(url, await signed(url, body, { config, region }), body);
  },
});

const signed = async (
  url: URL,
  body: string,
  { config, region }: Signing & { region: string },
): Promise<Record<string, string>> => {
  const signer = new SignatureV4({
    service: "ses",
    region,
    credentials: await config.credentials(),
    sha256: config.sha256,
  });
  const { headers } = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: { "content-type": "application/json", host: url.host },
    body,
  });
  // `fetch` sets the header `host`.
  const { host: _, ...others } = headers;
  return others;
};

const post = async (url: URL, headers: Record<string, string>, body: string): Promise<void> => {
  const response = await fetch(url, {
    method: "POST",
    headers,
    body,
    redirect: "error",
    signal: AbortSignal.timeout(mailRequestMs),
  }).catch((cause: unknown) => {
    throw new Failure("SES did not respond", { code: "target_unavailable", cause });
  });
  const said = await response.text().catch(() => "");
  if (response.ok) return;
  const { status } = response;
  const { message } = answer.parse(parseJson(said));
  const why = `SES answered ${status}${message === undefined ? "" : `: ${message.slice(0, 500)}`}`;
  // 403 is retried: permissions may be fixed, and the clock of a signature may be off briefly.
  const mayWorkLater = status === 403 || status === 429 || status >= 500;
  throw new Failure(why, { code: mayWorkLater ? "target_unavailable" : "target_refused" });
};

const answer = z.catch(z.object({ message: z.optional(z.string()) }), {});
