import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { noChangeLog } from "../../../local/sqs/engine/changeLog.ts";
import { SqsEngine } from "../../../local/sqs/engine/engine.ts";
import type { ReceivedMessage } from "../../../local/sqs/engine/message.ts";
import type { Queue } from "../../../local/sqs/engine/queue.ts";
import { receiptHandleOf } from "../../../local/sqs/engine/receiptHandle.ts";
import { inFlightMessagesMax } from "../../../local/sqs/limits.ts";
import { bodyOf, contentsOf, openQueues } from "./support.ts";

const start = Date.UTC(2026, 0, 1);
const receivesMax = 3;

const newEngine = () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: start });
  const engine = new SqsEngine(noChangeLog, { region: "us-east-1", account: "1" });
  onTestFinished(() => {
    engine.close();
    vi.useRealTimers();
  });
  return engine;
};

/** Lets time pass. */
const passUntil = (time: number): void => void vi.advanceTimersByTime(time - Date.now());

const bodiesOf = (messages: readonly ReceivedMessage[]): string[] =>
  messages.map(({ body }) => body);

/** A message as a naive queue keeps it. */
interface Expected {
  readonly body: string;
  visibleAt: number;
  isInFlight: boolean;
  receives: number;
}

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ send: fc.nat(2), delay: fc.constantFrom(0, 0, 0, 2) }) },
  { weight: 4, arbitrary: fc.record({ receive: fc.integer({ min: 1, max: 10 }) }) },
  { weight: 3, arbitrary: fc.record({ delete: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ change: fc.nat(50), seconds: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ pass: fc.nat(4_000) }) },
  { weight: 1, arbitrary: fc.constant({ reopen: true as const }) },
);

type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/** Runs operations on stored queues and on a list, and compares them after each. */
const compare = async (parent: string, operations: readonly Operation[]): Promise<void> => {
  let store = openQueues(parent);
  const deadLetterTargetArn = store.engine.createQueue("dead").arn;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: receivesMax });
  store.engine.createQueue("work", { VisibilityTimeout: "3", RedrivePolicy });
  const queueOf = (name: string): Queue => store.engine.queue(name);
  let expected: Expected[] = [];
  let dead = new Set<string>();
  const handles: { handle: string; body: string; receives: number }[] = [];
  let sent = 0;
  const isWaiting = (one: Expected): boolean => one.visibleAt <= Date.now();
  const current = (of: (typeof handles)[number] | undefined) =>
    expected.find(({ body, receives }) => body === of?.body && receives === of.receives);

  for (const one of operations) {
    if ("send" in one) {
      const body = `message ${sent++}`;
      const delaySeconds = one.delay;
      store.engine.send(queueOf("work"), { body, group: ["a", "b"][one.send], delaySeconds });
      const visibleAt = Date.now() + delaySeconds * 1_000;
      expected.push({ body, visibleAt, isInFlight: false, receives: 0 });
    } else if ("receive" in one) {
      const waiting = expected.filter(isWaiting);
      const spent = waiting.filter(({ receives }) => receives >= receivesMax);
      const options = { max: one.receive, waitSeconds: 0 };
      const received = await store.engine.receive(queueOf("work"), options);
      const count = Math.min(one.receive, waiting.length - spent.length);
      expect(received).toHaveLength(count);
      for (const message of received) {
        const found = waiting.find(({ body }) => body === message.body);
        expect(found?.receives).toBe(message.receives - 1);
        Object.assign(found!, {
          receives: message.receives,
          isInFlight: true,
          visibleAt: Date.now() + 3_000,
        });
        const { body, receives } = message;
        handles.push({ handle: receiptHandleOf(message), body, receives });
      }
      const nowDead = new Set(
        [...queueOf("dead").messages.values()].map((message) => bodyOf(store, message)),
      );
      const moved = [...nowDead].filter((body) => !dead.has(body));
      expect(spent.map(({ body }) => body)).toEqual(expect.arrayContaining(moved));
      if (count < one.receive) expect(moved).toHaveLength(spent.length);
      dead = nowDead;
      expected = expected.filter(({ body }) => !dead.has(body));
    } else if ("delete" in one) {
      const at = handles.at(-1 - one.delete);
      if (at === undefined) continue;
      store.engine.delete(queueOf("work"), at.handle);
      const found = current(at);
      expected = expected.filter((other) => other !== found);
    } else if ("change" in one) {
      const at = handles.at(-1 - one.change);
      const found = current(at);
      if (at === undefined || found === undefined || !found.isInFlight || isWaiting(found))
        continue;
      store.engine.changeVisibility(queueOf("work"), at.handle, one.seconds);
      found.visibleAt = Date.now() + one.seconds * 1_000;
    } else if ("pass" in one) {
      vi.advanceTimersByTime(one.pass);
    } else {
      await store.close();
      store = openQueues(parent);
      for (const found of expected) if (found.isInFlight) found.visibleAt = 0;
    }
    for (const found of expected) if (isWaiting(found)) found.isInFlight = false;
    expect(contentsOf(store, queueOf("work"))).toEqual(
      expected.map(({ body, receives }) => `${body} ${receives}`).sort(),
    );
  }
  await store.close();
};

it("stored queues do the same as a naive list, over restarts and compactions", async () => {
  onTestFinished(() => void vi.useRealTimers());
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 120 }), async (operations) => {
      vi.useFakeTimers({ toFake: ["Date", "performance"], now: start });
      const parent = mkdtempSync(join(tmpdir(), "engine-"));
      try {
        await compare(parent, operations);
      } finally {
        rmSync(parent, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
});

describe("message groups", () => {
  it("are received in order of arrival while none is noisy", async () => {
    const engine = newEngine();
    const queue = engine.createQueue("q");
    for (const body of ["a1", "b1", "a2", "c1", "b2"]) engine.send(queue, { body, group: body[0] });
    const options = { max: 10, waitSeconds: 0 };
    expect(bodiesOf(await engine.receive(queue, options))).toEqual(["a1", "b1", "a2", "c1", "b2"]);
  });

  it("that have most of the in-flight time come after the others, and are never left out", async () => {
    const engine = newEngine();
    const queue = engine.createQueue("q");
    for (let i = 0; i < 20; i += 1) engine.send(queue, { body: `slow ${i}`, group: "slow" });
    const options = { max: 2, waitSeconds: 0 };
    await engine.receive(queue, options);
    passUntil(start + 5_000);
    for (let i = 0; i < 3; i += 1) engine.send(queue, { body: `quick ${i}`, group: "quick" });
    expect(bodiesOf(await engine.receive(queue, options))).toEqual(["quick 0", "quick 1"]);
    expect(bodiesOf(await engine.receive(queue, options))).toEqual(["quick 2", "slow 2"]);
  });

  it("that had most of the recent time come after the others, although few are in flight", async () => {
    const engine = newEngine();
    const queue = engine.createQueue("q");
    const options = { max: 10, waitSeconds: 0 };
    let now = start;
    const handle = async (): Promise<string[]> => {
      const received = await engine.receive(queue, options);
      now += 100;
      passUntil(now);
      for (const one of received) engine.delete(queue, receiptHandleOf(one));
      return bodiesOf(received);
    };
    for (let i = 0; i < 40; i += 1) engine.send(queue, { body: `many ${i}`, group: "many" });
    await handle();
    await handle();
    engine.send(queue, { body: "one", group: "one" });
    expect((await handle())[0]).toBe("one");
    // After a while, only the order of arrival counts.
    now += 60_000;
    passUntil(now);
    engine.send(queue, { body: "another", group: "one" });
    expect(await handle()).not.toContain("another");
  });

  it("come by their messages in flight while all are noisy: the fewest first", async () => {
    const engine = newEngine();
    const queue = engine.createQueue("q");
    const send = (group: string, count: number): void => {
      for (let i = 0; i < count; i += 1) engine.send(queue, { body: `${group} ${i}`, group });
    };
    send("many", 4);
    send("few", 2);
    await engine.receive(queue, { max: 6, waitSeconds: 0 });
    passUntil(start + 5_000);
    send("many", 2);
    send("few", 2);
    const options = { max: 3, waitSeconds: 0 };
    expect(bodiesOf(await engine.receive(queue, options))).toEqual(["few 0", "few 1", "many 0"]);
  });
});

it("messages are deleted after the retention period, received or not", async () => {
  const engine = newEngine();
  const queue = engine.createQueue("q", { MessageRetentionPeriod: "60", VisibilityTimeout: "0" });
  engine.send(queue, { body: "old" });
  passUntil(start + 59_000);
  engine.send(queue, { body: "new" });
  passUntil(start + 61_000);
  expect(bodiesOf(await engine.receive(queue, { max: 10, waitSeconds: 0 }))).toEqual(["new"]);
  passUntil(start + 130_000);
  engine.deleteExpired();
  expect(queue.messages.size).toBe(0);
});

it("the messages of all queues have a maximum size in memory, and deleted ones do not count", async () => {
  const place = { region: "us-east-1", account: "1", bytesMax: 100_000 };
  const engine = new SqsEngine(noChangeLog, place);
  onTestFinished(() => engine.close());
  const queue = engine.createQueue("q");
  const fill = (): number => {
    for (let count = 0; ; count += 1) {
      try {
        const value = { DataType: "String", StringValue: "x".repeat(2_000) };
        const attributes = count % 2 === 0 ? undefined : { value };
        engine.send(queue, { body: "x".repeat(attributes ? 2_844 : 5_000), attributes });
      } catch (error) {
        expect(error).toMatchObject({ status: 503 });
        return count;
      }
    }
  };
  expect(fill()).toBe(18);
  const messages = await engine.receive(queue, { max: 5, waitSeconds: 0 });
  for (const message of messages) engine.delete(queue, receiptHandleOf(message));
  expect(fill()).toBe(5);
});

it("long polls are served in the order of their arrival", async () => {
  const engine = newEngine();
  const queue = engine.createQueue("q");
  const polls = [2, 2].map((max) => engine.receive(queue, { max, waitSeconds: 20 }));
  for (const body of ["1", "2", "3"]) engine.send(queue, { body });
  expect((await Promise.all(polls)).map(bodiesOf)).toEqual([["1", "2"], ["3"]]);
});

it("deleted messages leave the memory, also if they were never received", () => {
  const engine = newEngine();
  const queue = engine.createQueue("q", { MessageRetentionPeriod: "60" });
  for (let i = 0; i < 5_000; i += 1) engine.send(queue, { body: "old", group: `g${i % 1_700}` });
  passUntil(start + 61_000);
  engine.send(queue, { body: "new", group: "g5" });
  engine.deleteExpired();
  expect(queue.messages.size).toBe(1);
  expect(queue.order.size).toBeLessThan(1_500);
});

it("a queue has a maximum of messages in flight, and a long poll waits until there are fewer", async () => {
  const engine = newEngine();
  const queue = engine.createQueue("q");
  for (let i = 0; i <= inFlightMessagesMax; i += 1) engine.send(queue, { body: "a" });
  const receive = () => engine.receive(queue, { max: 10, waitSeconds: 0 });
  const received = await receive();
  for (let i = 10; i < inFlightMessagesMax; i += 10) await receive();
  await expect(receive()).rejects.toMatchObject({ code: "OverLimit" });
  const waiting = engine.receive(queue, { max: 10, waitSeconds: 20 });
  const [message] = received;
  engine.delete(queue, receiptHandleOf(message!));
  expect(bodiesOf(await waiting)).toEqual(["a"]);
});
