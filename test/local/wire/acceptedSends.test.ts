import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import type { AwsHandler } from "../../../local/http/awsRequest.ts";
import type { ReceivedMessage } from "../../../local/sqs/sqsClient.ts";
import { openWire, wireHandlers } from "../../../local/wire/openWire.ts";
import { deploy } from "../lambda/deploy.ts";

/** What a function can call. `send` resolves with whether its response came at once. */
const library = `
  const call = (port, target, body) => new Promise((resolve) => {
    let isNow = true;
    const request = {
      host: "127.0.0.1:" + port, method: "POST", url: "/", headers: { "x-amz-target": target }, body,
    };
    globalThis.awsTransport(request, (response) => resolve({ ...response, isNow }));
    isNow = false;
  });
  const send = async (text) => {
    const body = JSON.stringify({ QueueUrl: "http://queues/0/q", MessageBody: text });
    return (await call(1, "AmazonSQS.SendMessage", body)).isNow;
  };
  const write = () => call(2, "Tables.PutItem", "{}");
  const hold = () => call(2, "Tables.GetItem", "{}");
`;

const messageOf = (messageId: string): ReceivedMessage => ({
  ...{ messageId, receiptHandle: messageId, body: "{}", md5OfBody: "" },
  ...{ attributes: {}, messageAttributes: {} },
});

/**
 * Runs a function with one message after the other. Returns what the services saw, in its order:
 * sent texts, `write`, and the messages that were deleted.
 */
const run = async (
  body: string,
  { refuses = (_text: string): boolean => false, accepts = true } = {},
) => {
  const seen: string[] = [];
  const held = Promise.withResolvers<void>();
  const response = { status: 200, headers: {}, body: "{}" };
  const tables: AwsHandler = ({ headers }) => {
    if (headers["x-amz-target"] === "Tables.GetItem") return held.promise.then(() => response);
    seen.push("write");
    return response;
  };
  const queues: AwsHandler = ({ headers, body: bytes }) => {
    expect(headers["x-amz-target"]).toBe("AmazonSQS.SendMessage");
    const { MessageBody: text } = JSON.parse(bytes.toString());
    if (refuses(text)) return { ...response, status: 400 };
    // A queue that takes its time, as with a fault that delays it.
    if (text.endsWith("slow")) {
      return wait(50).then(() => {
        seen.push(text);
        return { ...response, isUnstored: true };
      });
    }
    seen.push(text);
    return { ...response, isUnstored: true };
  };
  const handlers = wireHandlers([
    { url: "http://127.0.0.1:1", handle: queues },
    { url: "http://127.0.0.1:2", handle: tables },
  ]);
  const batches: ReceivedMessage[][] = [];
  let wake = Promise.withResolvers<void>();
  const { lambda, logged } = await deploy(
    `${library} let invocations = 0;
     export const handler = async ({ Records: [{ messageId: id }] }) => { invocations += 1; ${body} };`,
    {
      openWires: () => [
        openWire(handlers, {
          roleKey: undefined,
          log: () => {},
          stored: async () => void seen.push("stored"),
          acceptsSends: () => accepts,
        }),
      ],
      queues: {
        async receive(_, { cancellation }) {
          cancellation?.onCancel(() => wake.resolve());
          if (batches.length === 0) await wake.promise;
          return batches.shift() ?? [];
        },
        deleteBatch: async (_, ids) => void seen.push(...ids.map((id) => `${id} deleted`)),
      },
      mapping: {},
    },
  );
  lambda.open();
  return {
    seen,
    logged,
    release: held.resolve,
    /** Gives the function a message. */
    give(id: string) {
      batches.push([messageOf(id)]);
      wake.resolve();
      wake = Promise.withResolvers();
    },
  };
};

const until = (seen: readonly string[], what: string) =>
  vi.waitFor(() => expect(seen).toContain(what), { timeout: 5_000 });

describe("a send of an invocation that a queue triggered", () => {
  it("is answered at once when the queue has taken one before, and is in the queue before the invocation's message is deleted", async () => {
    const { seen, give } = await run(
      `const isNow = [await send(id + " one"), await send(id + " two")]; await send(id + " " + isNow);`,
    );
    give("a");
    await until(seen, "a deleted");
    give("b");
    await until(seen, "b deleted");
    expect(seen).toEqual([
      ...["a one", "a two", "a false,true", "a deleted"],
      ...["b one", "b two", "b true,true", "b deleted"],
    ]);
  });

  it("waits for the queue while that has a fault, and when it is long or may have refused characters", async () => {
    const texts = `["short", "\\uffff", "\\u0001", "\\ud800", "x".repeat(40_000)]`;
    const body = `
      await send("first");
      const isNow = [];
      for (const text of ${texts}) isNow.push(await send(text));
      await send(String(isNow));
    `;
    const usual = await run(body);
    usual.give("a");
    await until(usual.seen, "a deleted");
    expect(usual.seen.at(-2)).toBe("true,false,false,false,false");
    const faulty = await run(body, { accepts: false });
    faulty.give("a");
    await until(faulty.seen, "a deleted");
    expect(faulty.seen.at(-2)).toBe("false,false,false,false,false");
  });

  it("leaves while the invocation goes on", async () => {
    const { seen, give, release } = await run(
      `await send(id + " one"); await send(id + " two"); await hold();`,
    );
    give("a");
    await until(seen, "a two");
    expect(seen).toEqual(["a one", "a two"]);
    release();
    await until(seen, "a deleted");
  });

  it("is in the queue, and stored, before anything that the invocation writes elsewhere afterwards", async () => {
    const { seen, give } = await run(
      `await send(id + " one"); await send(id + " two"); await write(); await send(id + " three");`,
    );
    give("a");
    await until(seen, "a deleted");
    expect(seen).toEqual(["a one", "a two", "stored", "write", "a three", "a deleted"]);
  });

  it("that the queue refuses nevertheless lets the invocation write nothing elsewhere afterwards", async () => {
    const { seen, logged, give } = await run(
      `await send(id + " one"); await send(id + " bad"); await write();`,
      { refuses: (text) => text.endsWith("bad") },
    );
    give("a");
    await vi.waitFor(() => expect(logged).toContainEqual(batchFailed("refused")));
    expect(seen).toEqual(["a one"]);
  });

  it("that a slow queue has not taken yet is waited for before anything is written elsewhere, and at the end", async () => {
    const { seen, give } = await run(`
      await send(id + " one"); await send(id + " slow");
      if (id === "a") await write();
      else await new Promise(setImmediate);
      await send(id + " two");
    `);
    give("a");
    await until(seen, "a deleted");
    expect(seen).toEqual(["a one", "a slow", "stored", "write", "a two", "a deleted"]);
    give("b");
    await until(seen, "b deleted");
    expect(seen.slice(6)).toEqual(["b one", "b slow", "b two", "b deleted"]);
  });

  it("that is refused while an earlier one is waited for fails the invocation", async () => {
    const { seen, logged, give } = await run(
      `await send(id + " one"); await send(id + " slow"); await new Promise(setImmediate);
       await send(id + " bad");`,
      { refuses: (text) => text.endsWith("bad") },
    );
    give("a");
    await vi.waitFor(() => expect(logged).toContainEqual(batchFailed("refused")));
    expect(seen).not.toContain("a deleted");
  });

  it("is in the queue also when the invocation fails", async () => {
    const { seen, logged, give } = await run(
      `await send(id + " one"); await send(id + " two"); throw new Error("failed");`,
    );
    give("a");
    await until(seen, "a two");
    await vi.waitFor(() => expect(logged).toContainEqual(batchFailed("failed")));
    expect(seen).toEqual(["a one", "a two"]);
  });

  const waits = { "at its end": "", "before its end": "await new Promise(setImmediate);" };
  for (const [when, wait] of Object.entries(waits)) {
    it(`fails the invocation ${when} if the queue refuses it nevertheless, and the next one gets the refusal`, async () => {
      const { seen, logged, give } = await run(
        `await send(id + " one"); const isNow = await send(id + " bad"); ${wait}
         if (invocations > 1) await send(id + " " + isNow);`,
        { refuses: (text) => text.endsWith("bad") },
      );
      give("a");
      await vi.waitFor(() => expect(logged).toContainEqual(batchFailed("refused")));
      give("b");
      await until(seen, "b deleted");
      expect(seen).toEqual(["a one", "b one", "b false", "b deleted"]);
    });
  }
});

const batchFailed = (reason: string) => ({
  message: "batch failed",
  fields: expect.objectContaining({ reason: expect.stringContaining(reason) }),
});
