import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { parseJson } from "../../platform/parseJson.ts";
import type { TargetReply, TargetRequest } from "../../target/target.ts";

/** Keys of an IAM user of the target's owner. */
export const awsKeys = {
  access_key_id: z.string().check(z.regex(/^[A-Z0-9]{16,128}$/, "must be an access key id")),
  secret_access_key: z.string().check(z.minLength(1)),
};

/** What signing adds to a request. */
export const awsAuthHeaderHints = () => ({
  "x-amz-date": "(the time of the attempt)",
  "x-amz-content-sha256": "(the hash of the body)",
  authorization: "(an AWS signature, made anew for each attempt)",
});

interface AwsKeys {
  readonly access_key_id: string;
  readonly secret_access_key: string;
}

/** The hash that signing needs, of Node's own. */
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
 * Signs a request to an AWS service of somebody else's account, with the SDK's own signer: the SDK's clients
 * would not keep to the bounds of the other kinds.
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

/** Whether an error code of AWS says that the service gets too much. Its services have several for it. */
export const isThrottling = (code: string): boolean => throttling.test(code);

const refused = z.object({ __type: z.string() });

/** A reply of AWS. Fails with `too_many_requests` when its error code says that, which comes with status 400. */
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
export const unlessThrottled = (reply: TargetReply): TargetReply => {
  if (reply.status !== 400) return reply;
  // The code may have a namespace before it: com.amazonaws.sqs#RequestThrottled.
  const code = refused.safeParse(parseJson(reply.body)).data?.__type.split("#").at(-1) ?? "";
  if (!isThrottling(code)) return reply;
  throw new Failure(`the target answered ${reply.status}: ${code}`, { code: "too_many_requests" });
};
