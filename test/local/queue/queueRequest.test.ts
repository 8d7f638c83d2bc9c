import { describe, expect, it } from "vitest";
import { userAgent } from "../../../local/http/awsJsonClient.ts";
import { openUsageMeter, type UsageKind } from "../../../local/platform/usageMeter.ts";
import { type AnsweredRequest, meterRequest } from "../../../local/queue/queueRequest.ts";

const counted = (request: Partial<AnsweredRequest>): Partial<Record<UsageKind, number>> => {
  const usageMeter = openUsageMeter();
  meterRequest(usageMeter, {
    method: "POST",
    url: "/",
    headers: {},
    body: undefined,
    answerBytes: 0,
    ...request,
  });
  return Object.fromEntries([...usageMeter.read()].filter(([, count]) => count > 0));
};

const sqs = (action: string, body: unknown, more: Partial<AnsweredRequest> = {}) =>
  counted({ headers: { "x-amz-target": `AmazonSQS.${action}` }, body, ...more });

const kilobytes = (count: number): string => "x".repeat(count * 1_024);

describe("a request to a queue", () => {
  it("is billed as one per started 64 KB", () => {
    expect(sqs("SendMessage", { MessageBody: "21.5" })).toEqual({ sqsSends: 1 });
    expect(sqs("SendMessage", { MessageBody: kilobytes(64) })).toEqual({ sqsSends: 1 });
    expect(sqs("SendMessage", { MessageBody: kilobytes(65) })).toEqual({ sqsSends: 2 });
  });

  it("is billed by the total size of a batch", () => {
    const Entries = Array.from({ length: 10 }, () => ({ MessageBody: kilobytes(10) }));
    expect(sqs("SendMessageBatch", { Entries })).toEqual({ sqsSends: 2 });
  });

  it("is billed per message of a rule, since IoT Core sends them one by one", () => {
    const headers = {
      "x-amz-target": "AmazonSQS.SendMessageBatch",
      "user-agent": userAgent,
    };
    const Entries = Array.from({ length: 7 }, () => ({ MessageBody: "21.5" }));
    expect(counted({ headers, body: { Entries } })).toEqual({ sqsSends: 7 });
  });

  it("has a surcharge with a message group", () => {
    const Entries = [{ MessageBody: "a" }, { MessageBody: "b", MessageGroupId: "integration" }];
    expect(sqs("SendMessageBatch", { Entries })).toEqual({ sqsSends: 1, sqsGroupSends: 1 });
  });

  it("is billed as one per receive, and one more per further 64 KB", () => {
    expect(sqs("ReceiveMessage", {})).toEqual({ sqsReceives: 1 });
    expect(sqs("ReceiveMessage", {}, { answerBytes: 70_000 })).toEqual({ sqsReceives: 2 });
  });

  it("is billed as one to delete a batch", () => {
    const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: String(i), ReceiptHandle: "r" }));
    expect(sqs("DeleteMessageBatch", { Entries })).toEqual({ sqsDeletes: 1 });
  });

  it("is counted when its action is unknown", () => {
    expect(sqs("GetQueueAttributes", {})).toEqual({ sqsOthers: 1 });
  });
});

it.each([
  ["PUT", "/bucket/key", { s3Writes: 1 }],
  ["GET", "/bucket?list-type=2", { s3Writes: 1 }],
  ["GET", "/bucket/key", { s3Reads: 1 }],
  ["DELETE", "/bucket/key", {}],
])("counts %s %s of a bucket as AWS bills it", (method, url, expected) => {
  expect(counted({ method, url })).toEqual(expected);
});
