import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { fileSystem, type JournalFiles } from "../../../local/journal/files.ts";
import { segmentName } from "../../../local/journal/segment.ts";
import { receiptHandleOf } from "../../../local/sqs/engine/receiptHandle.ts";
import { newFolder } from "../support/newFolder.ts";
import { openQueues } from "./support.ts";

const now = { max: 10, waitSeconds: 0 };

it("a content is received before, during and after the write of its message", async () => {
  const writes = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun = Promise.withResolvers<void>();
  const files: JournalFiles = {
    ...fileSystem,
    async write(...call) {
      const written = await fileSystem.write(...call);
      begun.resolve();
      await writes[0]?.promise;
      return written;
    },
  };
  const store = openQueues(newFolder(), { files, contentBytesMax: 0 });
  const { engine, log } = store;
  const queue = engine.createQueue("q", { VisibilityTimeout: "0" });
  const attributes = { a: { DataType: "String", StringValue: "value" } };
  const sent = engine.send(queue, { body: "the body", group: "g", attributes });
  const expected = [{ ...sent, group: "g" }];
  expect([...queue.messages.values()].map(({ content }) => content)).toEqual([undefined]);
  expect(await engine.receive(queue, now)).toMatchObject(expected);
  const stored = log.stored();
  await begun.promise;
  expect(await engine.receive(queue, now)).toMatchObject(expected);
  writes.shift()?.resolve();
  writes.shift();
  await stored;
  expect(await engine.receive(queue, now)).toMatchObject(expected);
  await store.close();
});

it("a content that changed on the disk after the start is not received: the cloud ends", async () => {
  const parent = newFolder();
  const errors: Error[] = [];
  const onFatalError = (error: Error): void => void errors.push(error);
  const store = openQueues(parent, { onFatalError, contentBytesMax: 0 });
  const queue = store.engine.createQueue("q");
  store.engine.send(queue, { body: "the body" });
  await store.log.stored();
  const file = join(parent, "sqs", segmentName(1));
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] = "Y".charCodeAt(0);
  writeFileSync(file, bytes);
  await expect(store.engine.receive(queue, now)).rejects.toThrow("corrupt");
  expect(errors).toMatchObject([{ message: expect.stringContaining("corrupt") }]);
});

it("messages of the start leave the memory when they are deleted", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: unknown = runInNewContext("gc");
  const parent = newFolder();
  const store = openQueues(parent);
  const queue = store.engine.createQueue("q");
  for (let i = 0; i < 20; i += 1) store.engine.send(queue, { body: `m${i}` });
  await store.close();
  const again = openQueues(parent);
  const messages = [...again.engine.queue("q").messages.values()].map((one) => new WeakRef(one));
  for (let i = 0; i < 2; i += 1) {
    const received = await again.engine.receive(again.engine.queue("q"), now);
    for (const one of received) again.engine.delete(again.engine.queue("q"), receiptHandleOf(one));
  }
  await turn();
  if (typeof collectGarbage === "function") collectGarbage();
  expect(messages.filter((one) => one.deref() !== undefined)).toEqual([]);
  await again.close();
});
