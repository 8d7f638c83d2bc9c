import { expect, it } from "vitest";
import { fileSystem, type JournalFiles } from "../../../local/journal/files.ts";
import { openUsageMeter } from "../../../local/platform/usageMeter.ts";
import { sqsHandler } from "../../../local/sqs/protocol/sqsHandler.ts";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";
import { newFolder } from "../support/newFolder.ts";
import { openQueues } from "./support.ts";

it("the response to an ordered send precedes the write, and other responses wait for it", async () => {
  const written = Promise.withResolvers<void>();
  const files: JournalFiles = {
    ...fileSystem,
    async write(...given) {
      await written.promise;
      return await fileSystem.write(...given);
    },
  };
  const store = openQueues(newFolder(), { files });
  store.engine.createQueue("q");
  const handle = sqsHandler({
    ...store,
    account: "000000000000",
    url: () => "http://queues",
    usageMeter: openUsageMeter(),
    authorize: () => {},
    space: openDiskSpace(),
  });
  const call = (operation: string, input: object, isOrdered: boolean) =>
    handle({
      method: "POST",
      url: "/",
      headers: { "x-amz-target": `AmazonSQS.${operation}` },
      body: Buffer.from(JSON.stringify({ QueueUrl: "http://queues/0/q", ...input })),
      isOrdered,
    });
  const send = { MessageBody: "text" };
  expect(await call("SendMessage", send, true)).toMatchObject({ status: 200, isUnstored: true });
  const ended: string[] = [];
  const waiting = [
    Promise.resolve(call("SendMessage", send, false)).then(() => ended.push("send")),
    Promise.resolve(call("PurgeQueue", {}, true)).then(() => ended.push("purge")),
  ];
  expect(await call("SendMessage", send, true)).toMatchObject({ isUnstored: true });
  expect(ended).toEqual([]);
  written.resolve();
  await Promise.all(waiting);
  await store.close();
});
