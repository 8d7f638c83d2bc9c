import type { SQSClient } from "@aws-sdk/client-sqs";
import { SignatureV4 } from "@smithy/signature-v4";
import * as z from "zod/mini";
import { mailRequestMs } from "../../account/mail/limits.ts";
import { type Mailer, mail as mailSchema } from "../../account/mail/mail.ts";
import { Failure } from "../../platform/failure.ts";
import { parseJson } from "../../platform/parseJson.ts";

/**
 * Where credentials and region come from: the client of a service that the function uses anyway.
 */
type Signing = Pick<SQSClient, "config">;

interface Options {
  /** The sender of every mail, an identity of SES that is verified in this region. */
  readonly from: string;
  /** Where SES listens, unless it is AWS's: the SDK's variable `AWS_ENDPOINT_URL_SESV2`. */
  readonly endpoint?: string | undefined;
}

/**
 * Mails by SES. It is one request of one service, signed here: a client of the SDK would be one
 * more package to keep. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
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
  // `fetch` says it by itself.
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
    throw new Failure("SES did not answer", { code: "target_unavailable", cause });
  });
  const said = await response.text().catch(() => "");
  if (response.ok) return;
  const { status } = response;
  const { message } = answer.parse(parseJson(said));
  const why = `SES answered ${status}${message === undefined ? "" : `: ${message.slice(0, 500)}`}`;
  // 403: the function's rights may be mended, and a signature's time may be off for a moment.
  const mayWorkLater = status === 403 || status === 429 || status >= 500;
  throw new Failure(why, { code: mayWorkLater ? "target_unavailable" : "target_refused" });
};

const answer = z.catch(z.object({ message: z.optional(z.string()) }), {});
