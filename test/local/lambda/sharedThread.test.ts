import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { BroadcastChannel } from "node:worker_threads";
import { describe, expect, it, vi } from "vitest";
import type { Lambda } from "../../../local/lambda/lambda.ts";
import { deploy } from "./deploy.ts";
import { sink } from "./sink.ts";

/** Small limits, so that few streams reach them soon. */
vi.mock("../../../local/lambda/limits.ts", async (original: () => Promise<object>) => ({
  ...(await original()),
  environmentsPerThreadMax: 3,
  stopMsMax: 50,
  threadCheckMs: 50,
  threadUnresponsiveMsMax: 1_000,
}));

/**
 * Writes the thread and the number of earlier invocations in this instance of the module, then acts
 * as the event says. Streams until the test sends a message to the event's channel.
 */
const source = `
  import { once } from "node:events";
  import { BroadcastChannel, threadId } from "node:worker_threads";
  let earlier = 0;
  const held = [];
  const acts = {
    loop() { for (;;) {} },
    hang: () => new Promise(() => {}),
    throw() { setImmediate(() => { throw new Error("uncaught"); }); },
    hold() {
      held.push(Buffer.alloc(350_000_000));
      for (const end = Date.now() + 300; Date.now() < end; ) Buffer.alloc(1);
    },
    fill(stream) { for (let i = 0; i < 50; i += 1) stream.write("x".repeat(10_000)); },
  };
  export const handler = awslambda.streamifyResponse(async (event, stream) => {
    const closed = once(stream, "close");
    const channel = new BroadcastChannel(event.channel);
    let timer;
    channel.onmessage = () => {
      clearInterval(timer);
      stream.end();
    };
    stream.write([threadId, earlier++, process.env.OWN].join(" "));
    await acts[event.act]?.(stream);
    if (event.act !== undefined) stream.write("done");
    timer = setInterval(() => stream.write("tick"), 5);
    await closed;
    clearInterval(timer);
    channel.close();
  });`;

const within = { timeout: 15_000 };

/** Lets the function of this channel end its stream. */
const end = async (channel: string, ended: Promise<void>): Promise<void> => {
  const sender = new BroadcastChannel(channel);
  sender.postMessage("end");
  sender.close();
  await ended;
};

/** Opens a stream, and waits for its first chunk. */
const open = async (lambda: Lambda, name: string, act?: string) => {
  const reader = sink();
  const channel = randomUUID();
  const ended = lambda.invokeForStream(name, { act, channel }, reader);
  // Tests that expect an error wait for it.
  ended.catch(() => {});
  await vi.waitFor(() => expect(reader.pieces).not.toEqual([]), within);
  const [thread, earlier, own] = reader.pieces[0]!.split(" ");
  const close = (): Promise<void> => end(channel, ended);
  /** Resolves when the stream receives something new. */
  const flows = async (): Promise<void> => {
    const { length } = reader.pieces;
    await vi.waitFor(() => expect(reader.pieces.length).toBeGreaterThan(length), within);
  };
  const acted = (): Promise<void> =>
    vi.waitFor(() => expect(reader.pieces).toContain("done"), within);
  return { ...reader, thread, earlier: Number(earlier), own, ended, close, flows, acted };
};

describe("concurrent streams of a function", () => {
  it("share a thread, but no state of the module", async () => {
    const { lambda, name } = await deploy(source, {
      properties: { Environment: { Variables: { OWN: "ours" } } },
    });
    const first = await open(lambda, name);
    const [second, third] = [await open(lambda, name), await open(lambda, name)];
    expect(new Set([first, second, third].map(({ thread }) => thread)).size).toBe(1);
    expect([first, second, third].map(({ earlier }) => earlier)).toEqual([0, 0, 0]);
    expect(third.own).toBe("ours");
  });

  it("reuse an environment whose stream has ended", async () => {
    const { lambda, name } = await deploy(source);
    await open(lambda, name);
    for (const earlier of [0, 1, 2]) {
      const second = await open(lambda, name);
      expect(second.earlier).toBe(earlier);
      await second.close();
    }
    expect(lambda.usage()[name]).toMatchObject({ inits: 2, invocations: 4, errors: 0 });
  });

  it("start a further thread when one is full", async () => {
    const { lambda, name } = await deploy(source);
    const streams = [];
    for (let i = 0; i < 5; i += 1) streams.push(await open(lambda, name));
    const [a, b, c, d, e] = streams.map(({ thread }) => thread);
    expect([b, c]).toEqual([a, a]);
    expect(d).not.toBe(a);
    expect(e).toBe(d);
  });

  it("are throttled beyond the reserved concurrency", async () => {
    const { lambda, name } = await deploy(source, {
      properties: { ReservedConcurrentExecutions: 2 },
    });
    await open(lambda, name);
    await open(lambda, name);
    await expect(lambda.invokeForStream(name, { channel: "unused" }, sink())).rejects.toThrow(
      "Rate Exceeded",
    );
  });

  it("have backpressure each", async () => {
    const { lambda, name } = await deploy(source);
    const quick = await open(lambda, name);
    const taken = Promise.withResolvers<void>();
    const slow = sink(() => taken.promise);
    const ended = lambda.invokeForStream(name, { act: "fill", channel: "slow" }, slow);
    await vi.waitFor(() => expect(slow.pieces.length).toBeGreaterThan(3));
    await quick.flows();
    expect(slow.pieces).not.toContain("done");
    taken.resolve();
    await vi.waitFor(() => expect(slow.pieces).toContain("done"));
    await end("slow", ended);
  });

  it("end with the local cloud", async () => {
    const { lambda, name } = await deploy(source);
    const streams = [await open(lambda, name), await open(lambda, name)];
    await lambda.halt();
    for (const { ended } of streams) await expect(ended).rejects.toThrow("stopped");
    lambda.resume();
    const next = await open(lambda, name);
    expect(next.thread).not.toBe(streams[0]!.thread);
  });

  it("have a thread each when the module cannot run as a script", async () => {
    const { lambda, name, logged } = await deploy(`await 0; ${source}`);
    const [first, second] = [await open(lambda, name), await open(lambda, name)];
    expect(second.thread).not.toBe(first.thread);
    expect(logged).toMatchObject([{ message: "environment cannot start" }]);
    expect(lambda.usage()[name]).toMatchObject({ errors: 0 });
  });
});

describe("a stream that shares its thread", () => {
  it("ends alone at its timeout, and its environment is not used again", async () => {
    const { lambda, name } = await deploy(source, { properties: { Timeout: 2 } });
    const hanging = await open(lambda, name, "hang");
    await wait(1_000);
    const other = await open(lambda, name);
    expect(other.thread).toBe(hanging.thread);
    await expect(hanging.ended).rejects.toThrow("timed out after 2.00 seconds");
    await other.flows();
    const next = await open(lambda, name);
    expect(next).toMatchObject({ earlier: 0 });
    expect(next.thread).not.toBe(hanging.thread);
    await other.close();
    // The freed environment belongs to the retired thread.
    expect((await open(lambda, name)).thread).toBe(next.thread);
  });

  it("ends the thread's other streams by an uncaught exception, and no others", async () => {
    const { lambda, name, logged } = await deploy(source);
    const [first, second] = [await open(lambda, name), await open(lambda, name)];
    await open(lambda, name);
    const elsewhere = await open(lambda, name);
    await second.close();
    const crashing = lambda.invokeForStream(name, { act: "throw", channel: "unused" }, sink());
    await expect(crashing).rejects.toThrow("uncaught");
    await expect(first.ended).rejects.toThrow("uncaught");
    await elsewhere.flows();
    expect(logged.map(({ message }) => message)).toContain("thread ended");
    expect((await open(lambda, name)).thread).toBe(elsewhere.thread);
  });

  it("ends with the thread when a loop keeps the thread from responding", async () => {
    const { lambda, name, logged } = await deploy(source, { properties: { Timeout: 60 } });
    const first = await open(lambda, name);
    const looping = await open(lambda, name, "loop");
    for (const { ended } of [first, looping]) {
      await expect(ended).rejects.toThrow("did not respond");
    }
    expect(logged[0]).toMatchObject({ message: "thread ended", fields: { environments: 2 } });
    expect((await open(lambda, name)).thread).not.toBe(first.thread);
  });

  it("may use the memory of all environments of the thread, and no more", async () => {
    const { lambda, name } = await deploy(source);
    const first = await open(lambda, name);
    const holding = await open(lambda, name, "hold");
    await holding.acted();
    const more = await open(lambda, name, "hold");
    await more.acted();
    await more.close();
    const over = await open(lambda, name, "hold");
    await expect(over.ended).rejects.toThrow("killed");
    await expect(first.ended).rejects.toThrow("killed");
  });
});
