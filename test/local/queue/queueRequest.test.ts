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
  it("is one, and one more for each 64 KB that is begun", () => {
    expect(sqs("SendMessage", { MessageBody: "21.5" })).toEqual({ sqsSends: 1 });
    expect(sqs("SendMessage", { MessageBody: kilobytes(64) })).toEqual({ sqsSends: 1 });
    expect(sqs("SendMessage", { MessageBody: kilobytes(65) })).toEqual({ sqsSends: 2 });
  });

  it("is one for a whole batch, by the size of all its messages", () => {
    const Entries = Array.from({ length: 10 }, () => ({ MessageBody: kilobytes(10) }));
    expect(sqs("SendMessageBatch", { Entries })).toEqual({ sqsSends: 2 });
  });

  it("is one for each message of a rule, since IoT Core sends them one by one", () => {
    const headers = {
      "x-amz-target": "AmazonSQS.SendMessageBatch",
      "user-agent": userAgent,
    };
    const Entries = Array.from({ length: 7 }, () => ({ MessageBody: "21.5" }));
    expect(counted({ headers, body: { Entries } })).toEqual({ sqsSends: 7 });
  });

  it("costs extra when it names a message group", () => {
    const Entries = [{ MessageBody: "a" }, { MessageBody: "b", MessageGroupId: "integration" }];
    expect(sqs("SendMessageBatch", { Entries })).toEqual({ sqsSends: 1, sqsGroupSends: 1 });
  });

  it("is one to receive, found or not, and one more for each 64 KB that came", () => {
    expect(sqs("ReceiveMessage", {})).toEqual({ sqsReceives: 1 });
    expect(sqs("ReceiveMessage", {}, { answerBytes: 70_000 })).toEqual({ sqsReceives: 2 });
  });

  it("is one to delete a whole batch", () => {
    const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: String(i), ReceiptHandle: "r" }));
    expect(sqs("DeleteMessageBatch", { Entries })).toEqual({ sqsDeletes: 1 });
  });

  it("is counted when it is none that we know", () => {
    expect(sqs("GetQueueAttributes", {})).toEqual({ sqsOthers: 1 });
  });
});

it.each([
  ["PUT", "/bucket/key", { s3Writes: 1 }],
  ["GET", "/bucket?list-type=2", { s3Writes: 1 }],
  ["GET", "/bucket/key", { s3Reads: 1 }],
  ["DELETE", "/bucket/key", {}],
])("counts %s %s of a bucket as AWS prices it", (method, url, expected) => {
  expect(counted({ method, url })).toEqual(expected);
});
