import { expect, it, onTestFinished, vi } from "vitest";
import { steadyNow } from "../../../local/platform/steadyClock.ts";
import { noChangeLog } from "../../../local/sqs/engine/changeLog.ts";
import { SqsEngine } from "../../../local/sqs/engine/engine.ts";
import { receiptHandleOf } from "../../../local/sqs/engine/receiptHandle.ts";
import { systemAttributesOf } from "../../../local/sqs/protocol/views.ts";
import { newFolder } from "../support/newFolder.ts";
import { contentsOf, openQueues } from "./support.ts";

const start = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const now = { max: 10, waitSeconds: 0 };

const fakeClocks = (): void => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: start });
  onTestFinished(() => void vi.useRealTimers());
};

const newEngine = () => {
  fakeClocks();
  const engine = new SqsEngine(noChangeLog, { region: "us-east-1", account: "1" });
  onTestFinished(() => engine.close());
  return engine;
};

/** Sets the system clock, as an administrator or NTP does. It is noticed within a second. */
const stepClock = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms);
  vi.advanceTimersByTime(1_000);
  steadyNow();
};

const directions = [
  { direction: "forward", stepMs: 20 * dayMs },
  { direction: "back", stepMs: -20 * dayMs },
];

it.each(directions)(
  "a clock that is set $direction neither ends a timeout nor prolongs it",
  async ({ stepMs }) => {
    const engine = newEngine();
    const queue = engine.createQueue("q", { VisibilityTimeout: "30" });
    engine.send(queue, { body: "in flight" });
    await engine.receive(queue, now);
    engine.send(queue, { body: "delayed", delaySeconds: 20 });
    stepClock(stepMs);
    vi.advanceTimersByTime(18_000);
    expect(await engine.receive(queue, now)).toEqual([]);
    vi.advanceTimersByTime(12_000);
    const received = await engine.receive(queue, now);
    expect(received.map(({ body }) => body)).toEqual(["delayed", "in flight"]);
  },
);

it.each(directions)("a clock that is set $direction deletes no message", async ({ stepMs }) => {
  const engine = newEngine();
  const queue = engine.createQueue("q", { MessageRetentionPeriod: "60" });
  engine.send(queue, { body: "kept" });
  stepClock(stepMs);
  engine.deleteExpired();
  expect(queue.messages.size).toBe(1);
  vi.advanceTimersByTime(61_000);
  engine.deleteExpired();
  expect(queue.messages.size).toBe(0);
});

it.each(directions)(
  "busy groups come last also after a clock was set $direction",
  async ({ stepMs }) => {
    const engine = newEngine();
    const queue = engine.createQueue("q");
    const handle = async (): Promise<string | undefined> => {
      const received = await engine.receive(queue, now);
      vi.advanceTimersByTime(100);
      for (const one of received) engine.delete(queue, receiptHandleOf(one));
      return received[0]?.body;
    };
    for (let i = 0; i < 20; i += 1) engine.send(queue, { body: "many", group: "many" });
    await handle();
    stepClock(stepMs);
    await handle();
    for (let i = 0; i < 40; i += 1) engine.send(queue, { body: "many", group: "many" });
    await handle();
    await handle();
    engine.send(queue, { body: "one", group: "one" });
    expect(await handle()).toBe("one");
  },
);

it.each(directions)(
  "timestamps are those of a clock that was set $direction",
  async ({ stepMs }) => {
    const engine = newEngine();
    const queue = engine.createQueue("q");
    stepClock(stepMs);
    engine.send(queue, { body: "a" });
    vi.advanceTimersByTime(5_000);
    const [message] = await engine.receive(queue, now);
    expect(systemAttributesOf(message!, "1")).toMatchObject({
      SentTimestamp: String(start + stepMs + 1_000),
      ApproximateFirstReceiveTimestamp: String(start + stepMs + 6_000),
    });
  },
);

it("a message whose retention period ended while the cloud was off is received after the start", async () => {
  fakeClocks();
  const parent = newFolder();
  const store = openQueues(parent);
  const queue = store.engine.createQueue("q", { MessageRetentionPeriod: "60" });
  store.engine.send(queue, { body: "kept" });
  await store.close();
  vi.advanceTimersByTime(20 * dayMs);
  const again = openQueues(parent);
  again.engine.deleteExpired();
  const [message] = await again.engine.receive(again.engine.queue("q"), now);
  expect(message?.body).toBe("kept");
  vi.advanceTimersByTime(3_601_000);
  again.engine.deleteExpired();
  expect(contentsOf(again, again.engine.queue("q"))).toEqual([]);
  await again.close();
});

it("a delayed message is visible after 15 minutes at most, also if the clock was set back before a start", async () => {
  fakeClocks();
  const parent = newFolder();
  const store = openQueues(parent);
  const queue = store.engine.createQueue("q");
  store.engine.send(queue, { body: "delayed", delaySeconds: 900 });
  await store.close();
  stepClock(-20 * dayMs);
  const again = openQueues(parent);
  expect(await again.engine.receive(again.engine.queue("q"), now)).toEqual([]);
  vi.advanceTimersByTime(900_000);
  expect(await again.engine.receive(again.engine.queue("q"), now)).toHaveLength(1);
  await again.close();
});
