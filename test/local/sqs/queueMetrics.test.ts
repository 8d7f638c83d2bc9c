import { expect, it, onTestFinished, vi } from "vitest";
import { noChangeLog } from "../../../local/sqs/engine/changeLog.ts";
import { SqsEngine } from "../../../local/sqs/engine/engine.ts";
import { receiptHandleOf } from "../../../local/sqs/engine/receiptHandle.ts";
import { queueMetrics } from "../../../local/sqs/queueMetrics.ts";
import { collected, periodStart, sumsOf } from "../support/collected.ts";

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html

const open = () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: periodStart });
  const engine = new SqsEngine(noChangeLog, { region: "us-east-1", account: "1" });
  onTestFinished(() => {
    engine.close();
    vi.useRealTimers();
  });
  const source = queueMetrics(engine);
  return {
    engine,
    passSeconds: (seconds: number) => vi.advanceTimersByTime(seconds * 1_000),
    metrics: (name: string) => sumsOf(collected(source), { QueueName: name }),
  };
};

it("reports only the visible messages of a queue without requests", () => {
  const { engine, metrics } = open();
  engine.createQueue("work");

  expect(metrics("work")).toEqual({ ApproximateNumberOfMessagesVisible: 0 });
});

it("counts sent, received and deleted messages, and requests without messages", async () => {
  const { engine, metrics, passSeconds } = open();
  engine.createQueue("work");
  const work = () => engine.queue("work");
  for (const body of ["12345", "1234567"]) engine.send(work(), { body });
  engine.send(work(), { body: "later", delaySeconds: 60 });
  passSeconds(10);
  const [first] = await engine.receive(work(), { max: 1 });
  if (first === undefined) throw new Error("no message");

  expect(metrics("work")).toEqual({
    ApproximateNumberOfMessagesVisible: 1,
    ApproximateNumberOfMessagesNotVisible: 1,
    ApproximateNumberOfMessagesDelayed: 1,
    ApproximateAgeOfOldestMessage: 10,
    NumberOfMessagesSent: 3,
    SentMessageSize: 17,
    NumberOfMessagesReceived: 1,
    NumberOfEmptyReceives: 0,
  });

  engine.delete(work(), receiptHandleOf(first));
  engine.delete(work(), receiptHandleOf(first));
  await engine.receive(work(), { max: 10 });
  await engine.receive(work(), { max: 10 });

  expect(metrics("work")).toMatchObject({
    // Also the deletion of a message that is already deleted.
    NumberOfMessagesDeleted: 2,
    NumberOfMessagesReceived: 1,
    NumberOfEmptyReceives: 1,
  });
  expect(metrics("work")).not.toHaveProperty("NumberOfMessagesDeleted");
});

it("ignores a message that was received three times in the age of the oldest one", async () => {
  const { engine, metrics, passSeconds } = open();
  engine.createQueue("work", { VisibilityTimeout: "1" });
  const work = () => engine.queue("work");
  engine.send(work(), { body: "poison" });
  for (let receives = 0; receives < 3; receives += 1) {
    expect(metrics("work")).toHaveProperty("ApproximateAgeOfOldestMessage", receives * 2);
    await engine.receive(work(), { max: 1 });
    passSeconds(2);
  }
  expect(metrics("work")).not.toHaveProperty("ApproximateAgeOfOldestMessage");

  engine.send(work(), { body: "good" });
  passSeconds(5);
  expect(metrics("work")).toHaveProperty("ApproximateAgeOfOldestMessage", 5);
});

it("counts the age of a dead-lettered message from its move, and no send", async () => {
  const { engine, metrics, passSeconds } = open();
  const deadLetterTargetArn = engine.createQueue("dead").arn;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
  engine.createQueue("work", { VisibilityTimeout: "1", RedrivePolicy });
  const work = () => engine.queue("work");
  engine.send(work(), { body: "failing" });
  await engine.receive(work(), { max: 1 });
  passSeconds(100);
  await engine.receive(work(), { max: 1 });
  passSeconds(3);

  expect(metrics("dead")).toEqual({
    ApproximateNumberOfMessagesVisible: 1,
    ApproximateAgeOfOldestMessage: 3,
  });
});

it("reports nothing of a queue without messages six hours after its last request", () => {
  const { engine, metrics, passSeconds } = open();
  engine.createQueue("idle");
  passSeconds(6 * 3_600);
  expect(metrics("idle")).toEqual({ ApproximateNumberOfMessagesVisible: 0 });
  passSeconds(1);
  expect(metrics("idle")).toEqual({});

  engine.send(engine.queue("idle"), { body: "message" });
  passSeconds(7 * 3_600);
  expect(metrics("idle")).toHaveProperty("ApproximateNumberOfMessagesVisible", 1);
});
