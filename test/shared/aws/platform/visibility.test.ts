import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect, it, onTestFinished, vi } from "vitest";
import { sqsMessageVisibility, visibilityTimeoutSeconds } from "#shared/aws/platform/visibility.ts";
import {
  visibilityTimeoutSecondsMax,
  visibilityTimeoutSecondsMin,
} from "#shared/platform/limits.ts";
import { startQueuesAndBuckets } from "../../../contracts/emulators.ts";

const { sqs, newQueue } = await startQueuesAndBuckets();

it("a message is visible again after a few seconds, with a growing delay of at most five minutes", () => {
  const waits = [1, 2, 3, 4, 7, 8, 1_000].map((receives) => visibilityTimeoutSeconds({ receives }));
  expect(waits).toEqual([5, 10, 20, 40, 300, 300, 300]);
  expect([visibilityTimeoutSecondsMin, visibilityTimeoutSecondsMax]).toEqual([5, 300]);
});

it("is changed in one request for ten messages", async () => {
  const QueueUrl = await newQueue();
  const arn = `arn:aws:sqs:us-east-1:000000000000:${QueueUrl.split("/").at(-1)}`;
  for (let n = 0; n < 12; n += 1) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: String(n) }));
  }
  const receive = async () => {
    const get = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
    return (await sqs.send(get)).Messages ?? [];
  };
  const messages = [...(await receive()), ...(await receive())].map((one) => ({
    id: one.MessageId!,
    receipt: one.ReceiptHandle!,
    receives: 1,
  }));
  expect(messages).toHaveLength(12);
  const request = vi.spyOn(http, "request");
  syncBuiltinESMExports();
  onTestFinished(() => {
    request.mockRestore();
    syncBuiltinESMExports();
  });
  const visibility = sqsMessageVisibility();
  await visibility.extendVisibility(arn, messages);
  expect(request).toHaveBeenCalledTimes(2);
  const unknown = [{ id: "x", receipt: "unknown", receives: 1 }];
  await expect(visibility.extendVisibility(arn, unknown)).rejects.toThrow();
});
