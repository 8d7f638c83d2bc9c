import type { IncomingHttpHeaders } from "node:http";

/** `ReceiveMessage` is none: it hides what it gives, and counts that. */
const reads: ReadonlySet<string> = new Set([
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "ListQueueTags",
  "ListQueues",
]);

/** Whether a request to SQS or S3 writes nothing. One that is not known may write. */
export const isRead = ({
  method,
  headers,
}: {
  method?: string | undefined;
  headers: IncomingHttpHeaders;
}): boolean => {
  const target = headers["x-amz-target"];
  if (target === undefined) return method === "GET" || method === "HEAD";
  return reads.has(String(target).split(".").at(-1) ?? "");
};
