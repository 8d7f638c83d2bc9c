import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { parseJson } from "../../platform/parseJson.ts";
import type { TargetReply, TargetRequest } from "../../target/target.ts";

/** Access keys of an IAM user in the owner's account. */
export const awsKeys = {
  access_key_id: z.string().check(z.regex(/^[A-Z0-9]{16,128}$/, "must be an access key id")),
  secret_access_key: z.string().check(z.minLength(1)),
};

/** Headers that signing adds, with descriptions. */
export const awsAuthHeaderHints = () => ({
  "x-amz-date": "(the time of the attempt)",
  "x-amz-content-sha256": "(the hash of the body)",
  authorization: "(an AWS signature, computed for each attempt)",
});

interface AwsKeys {
  readonly access_key_id: string;
  readonly secret_access_key: string;
}

/** The hash interface of the SDK's signer, implemented with `node:crypto`. */
class Sha256 {
  readonly #secret: string | ArrayBuffer | ArrayBufferView | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret;
    this.#hash = this.#begin();
  }

  #begin(): Hash | Hmac {
    const secret = this.#secret;
    if (secret === undefined) return createHash("sha256");
    return createHmac("sha256", typeof secret === "string" ? secret : bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === "string" ? data : bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#begin();
  }
}

const bytesOf = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);

/**
 * Signs a request to an AWS service in another account with the SDK's signer. The SDK's clients are
 * not used because they would not respect the limits of requests to targets.
 */
export const signAws = async (
  request: TargetRequest,
  { access_key_id: accessKeyId, secret_access_key: secretAccessKey }: AwsKeys,
  { region, service, now }: { region: string; service: string; now: number },
): Promise<TargetRequest> => {
  const { protocol, hostname, pathname } = new URL(request.url);
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region,
    service,
    sha256: Sha256,
  });
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol,
      hostname,
      path: pathname,
      query: {},
      headers: { ...request.headers, host: hostname },
      body: request.body,
    },
    { signingDate: new Date(now) },
  );
  return { ...request, headers };
};

const throttling = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/;

/** Whether an AWS error code means throttling. AWS services use several. */
export const isThrottling = (code: string): boolean => throttling.test(code);

const refused = z.object({ __type: z.string() });

/**
 * Returns an AWS reply. Fails with `too_many_requests` if its error code, which comes with status
 * 400, means throttling.
 */
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
export const unlessThrottled = (reply: TargetReply): TargetReply => {
  if (reply.status !== 400) return reply;
  // The code may have a namespace: com.amazonaws.sqs#RequestThrottled.
  const code = refused.safeParse(parseJson(reply.body)).data?.__type.split("#").at(-1) ?? "";
  if (!isThrottling(code)) return reply;
  throw new Failure(`the target answered ${reply.status}: ${code}`, { code: "too_many_requests" });
};
