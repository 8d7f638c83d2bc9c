import * as z from "zod/mini";
import { callSigner } from "../../platform/awsSignature.ts";
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
  authorization: "(an AWS signature, computed for each attempt)",
});

interface AwsKeys {
  readonly access_key_id: string;
  readonly secret_access_key: string;
}

/**
 * Signs a request to an AWS service in another account. A client of the service is not used because
 * it would not respect the limits of requests to targets.
 */
export const signAws = (
  request: TargetRequest,
  { access_key_id: accessKeyId, secret_access_key: secretAccessKey }: AwsKeys,
  { region, service, now }: { region: string; service: string; now: number },
): TargetRequest => {
  const { host, pathname } = new URL(request.url);
  const { method, headers, body } = request;
  const sign = callSigner({ service, region }, { accessKeyId, secretAccessKey });
  const signed = sign({ method, host, path: pathname, query: "", headers, body: body ?? "" }, now);
  return { ...request, headers: signed };
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
