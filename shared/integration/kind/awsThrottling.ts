import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { parseJson } from "../../platform/parseJson.ts";
import type { TargetReply } from "../../target/target.ts";

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
