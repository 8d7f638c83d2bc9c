import { request as requestHttps } from "node:https";
import { request as requestHttp } from "../http/nodeHttp.ts";
import { DeliveryError } from "./deliveryError.ts";
import { responseBytesMax, responseMsMax } from "./limits.ts";

export interface HttpPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The certificate authorities that an endpoint may have, besides those of Node.js. */
  readonly ca?: string | undefined;
}

const agentName = "Amazon Simple Notification Service Agent";

/**
 * Sends a message to an endpoint. Fails with a `DeliveryError`: a status of 500 or more, 429, and
 * no answer within 15 seconds can be repeated; any other status but 2xx cannot.
 * https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
 */
export const postToEndpoint = async (post: HttpPost, msMax = responseMsMax): Promise<void> => {
  const status = await send(post, AbortSignal.timeout(msMax)).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DeliveryError(`no answer: ${reason}`, { isRetryable: true });
  });
  if (status >= 200 && status < 300) return;
  const isRetryable = status >= 500 || status === 429;
  throw new DeliveryError(`the endpoint answered ${status}`, { isRetryable });
};

const send = ({ url, headers, body, ca }: HttpPost, signal: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    const isHttps = url.startsWith("https:");
    const options = {
      method: "POST",
      headers: {
        "content-type": "text/plain; charset=UTF-8",
        "user-agent": agentName,
        "content-length": Buffer.byteLength(body),
        ...headers,
      },
      signal,
    };
    const outgoing = isHttps
      ? requestHttps(url, { ...options, ...(ca !== undefined && { ca }) })
      : requestHttp(url, options);
    outgoing
      .on("error", reject)
      .on("response", (response) => {
        let bytes = 0;
        response
          .on("data", (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > responseBytesMax) response.destroy(new Error("the answer is too large"));
          })
          .on("error", reject)
          .on("end", () => resolve(response.statusCode ?? 0));
      })
      .end(body);
  });
