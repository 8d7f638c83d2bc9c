import { setTimeout as elapse } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  EventSourceMapping,
  type EventSourceMappingConfig,
} from "../../../../local/lambda/eventSource/eventSourceMapping.ts";
import {
  eagerBatchesMax,
  fullBatchesToScale,
  gatherMs,
  gatherRateMin,
  rateMs,
  scaleDownMs,
  scaleUpMs,
  scaleUpSlowMs,
  waitingBatchIdleMs,
  waitingBatchMs,
} from "../../../../local/lambda/limits.ts";
import { stepMs } from "../../../../local/platform/sharedTimer.ts";
import type { ReceivedMessage } from "../../../../local/sqs/sqsClient.ts";

const message = (messageId: string, body = "{}"): ReceivedMessage => ({
  messageId,
  receiptHandle: `receipt of ${messageId}`,
  body,
  md5OfBody: "md5",
  attributes: {
    ApproximateReceiveCount: "2",
    SentTimestamp: "1700000000000",
    SenderId: "sender",
    ApproximateFirstReceiveTimestamp: "1700000000001",
    MessageGroupId: "group",
  },
  messageAttributes: { kind: { dataType: "String", stringValue: "test" } },
});

const messages = (count: number): ReceivedMessage[] =>
  Array.from({ length: count }, (_, i) => message(`m${i}`));

interface RecordsSeen {
  readonly Records: readonly { readonly messageId: string }[];
}

/**
 * A mapping from an in-memory queue to a function that `run` implements, for the duration of a
 * test.
 */
const open = (
  run: (event: RecordsSeen) => Promise<string | undefined>,
  config: Partial<EventSourceMappingConfig> = {},
) => {
  const waiting: ReceivedMessage[] = [];
  const deleted: string[] = [];
  const batches: string[][] = [];
  const asked: number[] = [];
  const failures: Error[] = [];
  let wake = Promise.withResolvers<void>();
  let behind = false;
  let budget = true;
  let quick = false;
  let computing = 0.8;
  let runningMax = 0;
  let running = 0;
  const mapping = new EventSourceMapping(
    {
      queueUrl: "http://127.0.0.1/queue",
      source: { arn: "arn:aws:sqs:us-east-1:000000000000:queue", region: "us-east-1" },
      functionName: "fn",
      batchSize: 10,
      windowSeconds: 0,
      quietWaitSeconds: 0,
      reportsFailures: true,
      concurrencyMax: 5,
      share: 1,
      ...config,
    },
    {
      log: () => {},
      isBehind: () => behind,
      ensureFree: () => budget,
      startsQuickly: () => quick,
      computingFraction: () => computing,
      queues: {
        async receive(_, { max, waitSeconds, cancellation }) {
          const signal = cancellation?.signal;
          const failure = failures.shift();
          if (failure !== undefined) throw failure;
          asked.push(max);
          if (waiting.length === 0) {
            await Promise.race([wake.promise, elapse(waitSeconds * 1_000, undefined, { signal })]);
          }
          return waiting.splice(0, max);
        },
        waitingMessages: () => waiting.length,
        async deleteBatch(_, handles) {
          deleted.push(...handles);
        },
      },
      async run(payload) {
        const event: RecordsSeen = JSON.parse(payload);
        batches.push(event.Records.map(({ messageId }) => messageId));
        running += 1;
        runningMax = Math.max(runningMax, running);
        try {
          return await run(event);
        } finally {
          running -= 1;
        }
      },
    },
  );
  const send = (...more: ReceivedMessage[]): void => {
    waiting.push(...more);
    wake.resolve();
    wake = Promise.withResolvers();
  };
  onTestFinished(() => mapping.stop());
  mapping.open();
  return {
    send,
    mapping,
    deleted,
    batches,
    asked,
    failures,
    waiting,
    /** Maximum of concurrent batches since the last call. */
    runningMax: () => {
      const max = runningMax;
      runningMax = running;
      return max;
    },
    fallBehind: () => {
      behind = true;
    },
    setRoom: (to: boolean) => {
      budget = to;
    },
    setComputing: (to: number) => {
      computing = to;
    },
    setQuick: (to: boolean) => {
      quick = to;
    },
  };
};

const handlesAll = async (): Promise<string> => "null";
const fails = (...ids: string[]): string =>
  JSON.stringify({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

describe("an event source mapping", () => {
  it("invokes a function with Lambda's events", async () => {
    const events: unknown[] = [];
    const { send } = open(async (event) => {
      events.push(event);
      return "null";
    });
    send(message("m1", '{"a":1}'));
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(events).toEqual([
      {
        Records: [
          {
            messageId: "m1",
            receiptHandle: "receipt of m1",
            body: '{"a":1}',
            attributes: {
              ApproximateReceiveCount: "2",
              SentTimestamp: "1700000000000",
              SenderId: "sender",
              ApproximateFirstReceiveTimestamp: "1700000000001",
              MessageGroupId: "group",
            },
            messageAttributes: {
              kind: {
                stringValue: "test",
                dataType: "String",
                stringListValues: [],
                binaryListValues: [],
              },
            },
            md5OfBody: "md5",
            eventSource: "aws:sqs",
            eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:queue",
            awsRegion: "us-east-1",
          },
        ],
      },
    ]);
  });

  it("deletes handled messages and keeps reported failures", async () => {
    const { send, deleted } = open(async () => fails("m1"));
    send(...messages(3));
    await vi.waitFor(() => expect(deleted).toEqual(["receipt of m0", "receipt of m2"]));
  });

  it("deletes nothing of a batch whose invocation failed", async () => {
    const { send, deleted, batches } = open(async ({ Records }) => {
      if (Records.length > 1) throw new Error("no");
      return "null";
    });
    send(...messages(2));
    await vi.waitFor(() => expect(batches).toHaveLength(1));
    send(message("after"));
    await vi.waitFor(() => expect(deleted).toEqual(["receipt of after"]));
  });

  it("treats any response as success when failures are not reported", async () => {
    const { send, deleted } = open(async () => fails("m0"), { reportsFailures: false });
    send(...messages(1));
    await vi.waitFor(() => expect(deleted).toEqual(["receipt of m0"]));
  });

  it("respects the batch size", async () => {
    const { send, batches, deleted } = open(handlesAll, { batchSize: 4 });
    send(...messages(10));
    await vi.waitFor(() => expect(deleted).toHaveLength(10));
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 2]);
  });

  it("fills a batch of more than ten by several receives, within its window", async () => {
    const { send, batches, asked } = open(handlesAll, { batchSize: 25, windowSeconds: 5 });
    send(...messages(30));
    await vi.waitFor(() => expect(batches[0]).toHaveLength(25));
    expect(asked.slice(0, 3)).toEqual([10, 10, 5]);
  });

  it("starts with the received messages when its window closes", async () => {
    const { send, batches } = open(handlesAll, { batchSize: 25, windowSeconds: 1 });
    send(...messages(3));
    const late = setTimeout(() => send(message("late")), 100);
    await vi.waitFor(() => expect(batches).toEqual([["m0", "m1", "m2", "late"]]), 5_000);
    clearTimeout(late);
  });

  describe("on a quiet queue, when Lambda's wait is imitated", () => {
    const quiet = { windowSeconds: 1, quietWaitSeconds: 3 };

    it("waits longer than its window", async () => {
      const { send, batches } = open(handlesAll, quiet);
      const sentAt = performance.now();
      send(message("m1"));
      await vi.waitFor(() => expect(batches).toEqual([["m1"]]), 10_000);
      // A receive waits for full seconds.
      expect(performance.now() - sentAt).toBeGreaterThan(2_000);
    });

    it("starts at the first message after its window, or when a batch is full", async () => {
      const { send, batches } = open(handlesAll, { ...quiet, quietWaitSeconds: 60 });
      send(message("m1"));
      const later = setTimeout(() => send(message("m2")), 1_100);
      await vi.waitFor(() => expect(batches).toEqual([["m1", "m2"]]), 10_000);
      clearTimeout(later);
      send(...messages(10));
      await vi.waitFor(() => expect(batches[1]).toHaveLength(10));
    });

    it("does not wait without a window", async () => {
      const { send, batches } = open(handlesAll, { windowSeconds: 0, quietWaitSeconds: 60 });
      send(message("m1"));
      await vi.waitFor(() => expect(batches).toEqual([["m1"]]));
    });
  });

  it("accumulates messages in its window instead of receiving them one by one", async () => {
    const { send, batches, asked } = open(handlesAll, { batchSize: 25, windowSeconds: 1 });
    const one = setInterval(() => send(message("one")), 10);
    onTestFinished(() => clearInterval(one));
    await vi.waitFor(() => expect(batches).toHaveLength(1), 5_000);
    expect(batches[0]?.length).toBeGreaterThan(asked.length);
  });

  it("continues with other messages while a batch hangs, up to its concurrency", async () => {
    const end = Promise.withResolvers<string>();
    const { send, deleted, waiting, runningMax } = open(
      async ({ Records }) => (Records[0]?.messageId.startsWith("m") ? end.promise : "null"),
      { concurrencyMax: 2, batchSize: 1 },
    );
    send(message("m1"), message("quick"), message("m2"), message("m3"));
    await vi.waitFor(() => expect(deleted).toEqual(["receipt of quick"]));
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    end.resolve("null");
    await vi.waitFor(() => expect(deleted).toHaveLength(4));
    expect(runningMax()).toBe(2);
  });

  it("receives no messages while a batch waits for its environment", async () => {
    const end = Promise.withResolvers<string>();
    const { send, batches, waiting, fallBehind } = open(() => end.promise, { batchSize: 1 });
    fallBehind();
    send(message("m1"), message("m2"));
    await vi.waitFor(() => expect(batches).toEqual([["m1"]]));
    await elapse(5 * scaleUpSlowMs);
    expect(waiting).toHaveLength(1);
    end.resolve("null");
    await vi.waitFor(() => expect(batches).toEqual([["m1"], ["m2"]]));
  });

  it("leaves the last free environments to other mappings, beyond its eager batches", async () => {
    const end = Promise.withResolvers<string>();
    const { send, batches, setRoom } = open(() => end.promise, {
      batchSize: 1,
      concurrencyMax: eagerBatchesMax + 1,
    });
    setRoom(false);
    send(...messages(eagerBatchesMax + 1));
    await vi.waitFor(() => expect(batches).toHaveLength(eagerBatchesMax));
    await elapse(5 * scaleUpSlowMs);
    expect(batches).toHaveLength(eagerBatchesMax);
    setRoom(true);
    await vi.waitFor(() => expect(batches).toHaveLength(eagerBatchesMax + 1));
    end.resolve("null");
  });

  it.each([
    ["at once where an environment starts quickly", true, scaleUpMs, 0.8, waitingBatchMs, 1],
    ["slowly where it needs a thread", false, scaleUpSlowMs, 0.8, waitingBatchMs, 1],
    ["sooner while its thread has time", true, scaleUpMs, 0.4, waitingBatchIdleMs, 1],
    ["at its part of the rate", true, 4 * scaleUpMs, 0.8, waitingBatchMs, 0.25],
  ])(
    "adds batches beyond the eager ones while most wait, %s",
    async (_, isQuick, everyMs, fraction, waitingMs, share) => {
      vi.useFakeTimers();
      onTestFinished(() => void vi.useRealTimers());
      const end = Promise.withResolvers<string>();
      const config = { batchSize: 1, share };
      const { send, batches, setQuick, setComputing } = open(() => end.promise, config);
      setQuick(isQuick);
      setComputing(fraction);
      send(...messages(eagerBatchesMax + 2));
      while (batches.length < eagerBatchesMax) await vi.advanceTimersByTimeAsync(stepMs);
      await vi.advanceTimersByTimeAsync(waitingMs - 1);
      expect(batches).toHaveLength(eagerBatchesMax);
      const begun = performance.now();
      while (batches.length < eagerBatchesMax + 2) await vi.advanceTimersByTimeAsync(1);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(everyMs);
      expect(performance.now() - begun).toBeLessThanOrEqual(2 * everyMs);
      end.resolve("null");
    },
  );

  it.each([["quick ones", waitingBatchMs / 2, 0.8]])(
    "adds no batch to %s, which it would only make slower",
    async (_, ms, fraction) => {
      vi.useFakeTimers();
      onTestFinished(() => void vi.useRealTimers());
      const work = () => new Promise<string>((resolve) => void setTimeout(resolve, ms, "null"));
      const { send, deleted, runningMax, setQuick, setComputing } = open(work, { batchSize: 1 });
      setQuick(true);
      setComputing(fraction);
      send(...messages(40));
      while (deleted.length < 40) await vi.advanceTimersByTimeAsync(stepMs);
      expect(runningMax()).toBe(eagerBatchesMax);
    },
  );

  it("runs few batches at the same time when the ones that waited become quick", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const batchesMax = 4 * eagerBatchesMax;
    let ended = Promise.withResolvers<string>();
    let isSlow = true;
    const work = () =>
      isSlow
        ? ended.promise
        : new Promise<string>((resolve) => void setTimeout(resolve, waitingBatchMs / 10, "null"));
    const { send, batches, deleted, runningMax, setQuick } = open(work, {
      batchSize: 1,
      concurrencyMax: batchesMax,
    });
    setQuick(true);
    const fill = async (): Promise<void> => {
      send(...messages(batchesMax));
      const before = batches.length;
      while (batches.length < before + batchesMax) await vi.advanceTimersByTimeAsync(1);
    };
    await fill();
    expect(runningMax()).toBe(batchesMax);
    isSlow = false;
    ended.resolve("null");
    await vi.advanceTimersByTimeAsync(1);
    runningMax();
    send(...messages(40));
    while (deleted.length < batchesMax + 40) await vi.advanceTimersByTimeAsync(1);
    expect(runningMax()).toBe(eagerBatchesMax);
    // Slow ones get their concurrency again.
    isSlow = true;
    ended = Promise.withResolvers();
    await fill();
    expect(runningMax()).toBe(batchesMax);
    ended.resolve("null");
  });

  it.each([
    ["rests while its threads have little time, so that it takes its share", 0.8, 4],
    ["takes what it needs while its threads have time", 0.4, 1],
  ])("with a quarter of the capacity, %s", async (_, fraction, expected) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const tookMs = 10;
    const work = () => new Promise<string>((resolve) => void setTimeout(resolve, tookMs, "null"));
    const { send, deleted, setComputing } = open(work, { batchSize: 1, share: 0.25 });
    setComputing(fraction);
    const count = 20;
    send(...messages(count));
    const begun = performance.now();
    while (deleted.length < count) await vi.advanceTimersByTimeAsync(1);
    const batchesAtOnce = 1;
    const factor = ((performance.now() - begun) * batchesAtOnce) / (count * tookMs);
    expect(factor).toBeGreaterThan(expected / eagerBatchesMax - 0.1);
    expect(factor).toBeLessThan(expected * 1.1);
  });

  it("has one quick batch at a time, and more only while batches are full", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const work = () => new Promise<string>((resolve) => void setTimeout(resolve, 1, "null"));
    const { send, deleted, runningMax } = open(work);
    const handle = async (count: number): Promise<number> => {
      deleted.splice(0);
      send(...messages(count));
      while (deleted.length < count) await vi.advanceTimersByTimeAsync(1);
      return runningMax();
    };
    expect(await handle(10 * fullBatchesToScale - 1)).toBe(1);
    expect(await handle(20 * fullBatchesToScale)).toBe(eagerBatchesMax);
    await vi.advanceTimersByTimeAsync(scaleDownMs);
    await handle(1);
    expect(await handle(20)).toBe(1);
  });

  it("waits a few milliseconds for each batch while messages arrive fast, and only then", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { send, batches } = open(handlesAll);
    const batchesOf = async (count: number, everyMs: number): Promise<number> => {
      const before = batches.length;
      for (let i = 0; i < count; i += 1) {
        send(message(`m${i}`));
        await vi.advanceTimersByTimeAsync(everyMs);
      }
      return batches.length - before;
    };
    const everyMs = 1_000 / (2 * gatherRateMin);
    await batchesOf(3 * rateMs, everyMs);
    expect(await batchesOf(300, everyMs)).toBeLessThanOrEqual(300 / (gatherMs / everyMs) + 1);
    await batchesOf(2, rateMs);
    expect(await batchesOf(50, (4 * 1_000) / gatherRateMin)).toBe(50);
    // Full batches do not wait.
    await batchesOf(3 * rateMs, everyMs);
    const before = batches.length;
    send(...messages(100));
    await vi.advanceTimersByTimeAsync(2 * gatherMs);
    expect(batches.length - before).toBeGreaterThanOrEqual(10);
  });

  it("polls again after a failed receive", async () => {
    const { send, failures, deleted } = open(handlesAll);
    failures.push(new Error("connection refused"));
    send(message("m1"));
    await vi.waitFor(() => expect(deleted).toHaveLength(1), 5_000);
    expect(failures).toEqual([]);
  });

  it("splits a batch that is too large for one invocation", async () => {
    const { send, batches, deleted } = open(handlesAll);
    const large = Array.from({ length: 10 }, (_, i) => message(`m${i}`, "x".repeat(1_000_000)));
    send(...large);
    await vi.waitFor(() => expect(deleted).toHaveLength(10));
    expect(batches.map((batch) => batch.length)).toEqual([6, 4]);
  });

  it("stops after the batches in progress, and receives no more", async () => {
    const end = Promise.withResolvers<string>();
    const { send, mapping, deleted, batches, waiting } = open(() => end.promise);
    send(message("m1"));
    await vi.waitFor(() => expect(batches).toHaveLength(1));
    const order: string[] = [];
    const stopped = mapping.stop().then(() => order.push("stopped"));
    setTimeout(() => {
      order.push("end of the batch");
      end.resolve("null");
    }, 50);
    await stopped;
    expect(order).toEqual(["end of the batch", "stopped"]);
    send(message("m2"));
    expect(deleted).toEqual(["receipt of m1"]);
    expect(waiting).toHaveLength(1);
  });
});
