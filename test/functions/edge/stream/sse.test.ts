import { PassThrough, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  streamFirstEventDelayMs,
  streamHeartbeatMs,
  streamRetryMs,
} from "#shared/stream/limits.ts";
import { streamBacklogBytesMax } from "#shared/stream/resume/limits.ts";
import { type Feed, serveEvents } from "../../../../functions/edge/stream/sse.ts";

const hourMs = 3_600_000;
const retry = `retry: ${streamRetryMs}\n\n`;
const over = ":end of stream, reconnect\n\n";

/** A client that records each write. */
const reader = () => {
  const writes: string[] = [];
  const out = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      writes.push(String(chunk));
      done();
    },
  });
  return { out, writes };
};

/** A source that the test controls. */
const source = () => {
  const close = vi.fn(async () => undefined);
  const started = Promise.withResolvers<Feed>();
  const start = async (feed: Feed) => {
    started.resolve(feed);
    return { close };
  };
  return { start, close, feed: started.promise };
};

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("an event stream", () => {
  it("writes :ok first and alone, and then complete frames, each in one write", async () => {
    const { out, writes } = reader();
    const { start, feed } = source();
    const served = serveEvents(out, hourMs, start);
    (await feed).write("early");
    await vi.advanceTimersByTimeAsync(0);
    await vi.advanceTimersByTimeAsync(streamFirstEventDelayMs - 1);
    expect(writes).toEqual([":ok\n\n"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(writes).toEqual([":ok\n\n", retry, "early"]);
    (await feed).write("one");
    (await feed).write("two");
    expect(writes.slice(3)).toEqual(["one", "two"]);
    (await feed).end();
    await served;
  });

  it("does not lose frames before the end of its source", async () => {
    const { out, writes } = reader();
    const { start, feed } = source();
    const served = serveEvents(out, hourMs, start);
    (await feed).write("last");
    (await feed).end();
    await served;
    expect(writes).toEqual([":ok\n\n", retry, "last", over]);
  });

  it("sends heartbeats within the clients' timeout", async () => {
    const { out, writes } = reader();
    const { start, feed } = source();
    const served = serveEvents(out, hourMs, start);
    await vi.advanceTimersByTimeAsync(3 * streamHeartbeatMs);
    expect(writes).toEqual([":ok\n\n", retry, ":\n\n", ":\n\n", ":\n\n"]);
    (await feed).end();
    await served;
  });

  it("uses the frame of its source as heartbeat", async () => {
    const { out, writes } = reader();
    const started = Promise.withResolvers<Feed>();
    const says = ["id: 1\n\n", undefined];
    const served = serveEvents(out, hourMs, async (feed) => {
      started.resolve(feed);
      return { beat: () => says.shift(), close: async () => undefined };
    });
    await vi.advanceTimersByTimeAsync(2 * streamHeartbeatMs);
    expect(writes.slice(2)).toEqual(["id: 1\n\n", ":\n\n"]);
    (await started.promise).end();
    await served;
  });

  it("has capacity if its client has read or disconnected", async () => {
    const out = new PassThrough({ highWaterMark: 4 });
    const { start, feed } = source();
    const served = serveEvents(out, hourMs, start);
    const room = vi.fn();
    (await feed).room().then(room, () => {});
    await vi.advanceTimersByTimeAsync(streamFirstEventDelayMs);
    expect(room).not.toHaveBeenCalled();
    out.resume();
    await vi.advanceTimersByTimeAsync(1);
    expect(room).toHaveBeenCalledOnce();
    out.pause();
    (await feed).write("more than fits");
    const waiting = (await feed).room();
    out.destroy();
    await waiting;
    await served;
  });

  it.each([
    ["its source ends", async (feed: Feed) => feed.end()],
    ["its life is over", async () => vi.advanceTimersByTimeAsync(hourMs)],
    ["its client goes", async (_: Feed, out: Writable) => void out.destroy()],
    [
      "its client breaks off",
      async (_: Feed, out: Writable) => void out.destroy(new Error("reset")),
    ],
  ])("ends and closes its source when %s", async (_, happens) => {
    const { out } = reader();
    const { start, feed, close } = source();
    const served = serveEvents(out, hourMs, start);
    await vi.advanceTimersByTimeAsync(streamFirstEventDelayMs);
    expect(close).not.toHaveBeenCalled();
    await happens(await feed, out);
    await served;
    expect(close).toHaveBeenCalledOnce();
    expect(out.writableEnded || out.destroyed).toBe(true);
  });

  it("closes its source if its client disconnects before the source has opened", async () => {
    const { out, writes } = reader();
    const { start, close } = source();
    const flows = Promise.withResolvers<void>();
    const served = serveEvents(out, hourMs, async (feed) => {
      await flows.promise;
      return start(feed);
    });
    out.destroy();
    await vi.advanceTimersByTimeAsync(1);
    flows.resolve();
    await vi.advanceTimersByTimeAsync(streamFirstEventDelayMs);
    await served;
    expect(close).toHaveBeenCalledOnce();
    expect(writes).toEqual([]);
  });

  it("fails without a write if its source fails, so that an error response is possible", async () => {
    const { out, writes } = reader();
    const served = serveEvents(out, hourMs, async () => Promise.reject(new Error("no broker")));
    await expect(served).rejects.toThrow("no broker");
    expect(writes).toEqual([]);
  });

  it("disconnects a client that does not read, and buffers nothing for it", async () => {
    const out = new PassThrough();
    const { start, feed, close } = source();
    const served = serveEvents(out, hourMs, start);
    await vi.advanceTimersByTimeAsync(streamFirstEventDelayMs);
    const frame = "x".repeat(streamBacklogBytesMax / 4);
    for (let i = 0; i < 10; i += 1) (await feed).write(frame);
    await served;
    expect(close).toHaveBeenCalledOnce();
    expect(out.destroyed).toBe(true);
  });
});
