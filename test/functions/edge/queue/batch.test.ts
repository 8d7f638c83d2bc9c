import type { SQSEvent } from "aws-lambda";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import type { FailedMessage } from "#shared/platform/visibility.ts";
import { logger } from "../../../../functions/edge/logger.ts";
import { batch as batchWith, each } from "../../../../functions/edge/queue/batch.ts";

const message = z.object({ n: z.number() });

/** Messages whose visibility timeout was changed, by queue. */
const back: [string, readonly FailedMessage[]][] = [];
const visibility = {
  extendVisibility: async (arn: string, messages: readonly FailedMessage[]) =>
    void back.push([arn, messages]),
};
const batch: typeof batchWith = (schema, run, aside, given = visibility) =>
  batchWith(schema, run, aside, given);

const queued = (...bodies: string[]): SQSEvent =>
  ({
    Records: bodies.map((body, i) => ({
      messageId: `m${i}`,
      receiptHandle: `r${i}`,
      eventSourceARN: "arn:q",
      body,
      attributes: { ApproximateReceiveCount: String(i + 1) },
    })),
  }) as SQSEvent;

/** A dead-letter queue in memory. It refuses messages for which `refuses` returns `true`. */
const unreadable = (refuses: (body: string) => boolean = () => false) => {
  const aside: string[] = [];
  return {
    aside,
    async put(body: string) {
      if (refuses(body)) throw new Error("the queue is down");
      aside.push(body);
    },
  };
};

const failed = (...ids: string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

beforeEach(() => {
  back.length = 0;
  vi.spyOn(logger, "error").mockReturnValue(undefined);
  vi.spyOn(logger, "warn").mockReturnValue(undefined);
});

describe("a batch", () => {
  it("reports no failed message and logs nothing if all succeed", async () => {
    const run = vi.fn(async () => [undefined, undefined]);
    const handler = batch(message, run, unreadable());
    expect(await handler(queued('{"n":1}', '{"n":2}'))).toEqual(failed());
    expect(run).toHaveBeenCalledExactlyOnceWith([{ n: 1 }, { n: 2 }], [false, true]);
    expect(logger.error).not.toHaveBeenCalled();
    expect(logger.warn).not.toHaveBeenCalled();
    expect(back).toEqual([]);
  });

  it("changes the visibility timeout of failed messages only, also if the worker throws", async () => {
    const run = async () => [undefined, new Error("no")];
    await batch(message, run, unreadable())(queued('{"n":1}', '{"n":2}'));
    expect(back).toEqual([["arn:q", [{ id: "m1", receipt: "r1", receives: 2 }]]]);
    const bug = async () => Promise.reject(new TypeError("a bug"));
    await expect(batch(message, bug, unreadable())(queued("x", '{"n":1}'))).rejects.toThrow();
    expect(back.at(-1)?.[1].map(({ id }) => id)).toEqual(["m0", "m1"]);
  });

  it("reports failed messages also if their visibility timeout cannot be changed", async () => {
    const deaf = { extendVisibility: async () => Promise.reject(new Error("SQS is down")) };
    const run = async () => [new Error("no")];
    expect(await batch(message, run, unreadable(), deaf)(queued('{"n":1}'))).toEqual(failed("m0"));
  });

  it("sends malformed messages to the dead-letter queue, and processes the others", async () => {
    const aside = unreadable();
    const run = vi.fn(async () => [undefined]);
    const handler = batch(message, run, aside);
    expect(await handler(queued("{", '{"n":1}', "null", '{"n":"1"}', ""))).toEqual(failed());
    expect(aside.aside).toEqual(["{", "null", '{"n":"1"}', ""]);
    expect(run).toHaveBeenCalledExactlyOnceWith([{ n: 1 }], [true]);
  });

  it("leaves only the malformed messages in the queue that the dead-letter queue refuses", async () => {
    const handler = batch(
      message,
      async () => [undefined],
      unreadable((body) => body === "b"),
    );
    expect(await handler(queued("a", "b", '{"n":1}'))).toEqual(failed("m1"));
  });

  it("reports failed messages by their ids", async () => {
    const run = async () => [undefined, new Error("no"), undefined];
    const handler = batch(message, run, unreadable());
    expect(await handler(queued("x", '{"n":1}', '{"n":2}', '{"n":3}'))).toEqual(failed("m2"));
  });

  it("fails if the worker throws, without sending messages to the dead-letter queue", async () => {
    const aside = unreadable();
    const run = async () => Promise.reject(new TypeError("a bug"));
    await expect(batch(message, run, aside)(queued("x", '{"n":1}'))).rejects.toThrow("a bug");
    expect(aside.aside).toEqual([]);
  });
});

describe("concurrent messages", () => {
  it("fail on their own", async () => {
    const run = each(async (n: number) => {
      if (n === 2) throw new Error("no");
      if (n === 3) throw "text";
    });
    expect(await run([1, 2, 3])).toEqual([undefined, new Error("no"), new Error("text")]);
  });
});
