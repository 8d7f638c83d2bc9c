import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SendMessageBatch, sendBatcher } from "../../../local/queue/sendBatcher.ts";

const counterConfig = ({ Entries }: SendMessageBatch) => ({
  Successful: Entries.map(({ Id }) => ({ Id })),
});

/** A queue that accepts each batch after a short time and records it. */
const queue = (answer: (input: SendMessageBatch) => object = counterConfig) => {
  const batches: SendMessageBatch[] = [];
  const batcher = sendBatcher(async (input) => {
    batches.push(input);
    await new Promise(setImmediate);
    return answer(input);
  });
  return { batches, send: batcher.send };
};

const bodiesOf = (batches: SendMessageBatch[]) =>
  batches.flatMap(({ Entries }) => Entries.map(({ MessageBody }) => MessageBody));

describe("concurrent sends", () => {
  it("share batches of at most ten", async () => {
    const { batches, send } = queue();
    const bodies = Array.from({ length: 25 }, (_, i) => `message ${i}`);
    await Promise.all(bodies.map((body) => send("q", body)));
    expect(batches.map(({ Entries }) => Entries.length)).toEqual([10, 10, 5]);
    expect(bodiesOf(batches)).toEqual(bodies);
  });

  it("go to the queue that each names", async () => {
    const { batches, send } = queue();
    await Promise.all([send("a", "1"), send("b", "2"), send("a", "3")]);
    expect(batches.map(({ QueueUrl, Entries }) => [QueueUrl, Entries.length])).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
  });

  it("never exceed the maximum batch size of SQS", async () => {
    const { batches, send } = queue();
    const body = "x".repeat(300_000);
    await Promise.all(Array.from({ length: 5 }, () => send("q", body)));
    expect(batches.map(({ Entries }) => Entries.length)).toEqual([3, 2]);
  });

  it("fail only for the message that was refused", async () => {
    const { send } = queue(({ Entries }) => ({
      Successful: Entries.filter((e) => e.MessageBody !== "bad").map(({ Id }) => ({ Id })),
      Failed: Entries.filter((e) => e.MessageBody === "bad").map(({ Id }) => ({
        Id,
        Code: "InvalidMessageContents",
      })),
    }));
    const results = await Promise.allSettled(["a", "bad", "c"].map((body) => send("q", body)));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("all fail when the batch fails, and the next ones are sent", async () => {
    let broken = true;
    const { send } = queue((input) => {
      if (broken) throw new Error("no connection");
      return counterConfig(input);
    });
    const results = await Promise.allSettled([send("q", "a"), send("q", "b")]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    broken = false;
    await send("q", "c");
  });

  it("fail when the response omits them", async () => {
    const { send } = queue(() => ({}));
    await expect(send("q", "a")).rejects.toMatchObject({ code: "NoAnswer" });
  });
});

it("every message arrives once, whenever it is sent", async () => {
  const message = fc.record({ body: fc.string(), turns: fc.nat(3), queue: fc.nat(1) });
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 80 }), async (messages) => {
      const { batches, send } = queue();
      await Promise.all(
        messages.map(async ({ body, turns, queue }) => {
          for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
          await send(`${queue}`, body);
        }),
      );
      expect(bodiesOf(batches).sort()).toEqual(messages.map(({ body }) => body).sort());
    }),
    { numRuns: 50 },
  );
});
