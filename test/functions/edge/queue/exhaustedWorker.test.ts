import type { SQSEvent } from "aws-lambda";
import { expect, it } from "vitest";
import { attemptsNotMadeMax } from "#shared/platform/limits.ts";
import { exhaustedWorker } from "../../../../functions/edge/queue/exhaustedWorker.ts";

class Exit extends Error {}

const start = () => {
  const done: unknown[] = [];
  const worker = exhaustedWorker({
    leave: async (records) => void done.push(["left", records.map(({ messageId }) => messageId)]),
    exit: () => {
      done.push("exit");
      throw new Exit();
    },
  });
  const handler = worker.guard(async () => {
    done.push("handled");
    return { batchItemFailures: [] };
  });
  return { done, worker, handle: () => handler(event) };
};

const event = { Records: [{ messageId: "m1" }, { messageId: "m2" }] } as SQSEvent;

it("a worker with sockets and files handles every batch", async () => {
  const { done, worker, handle } = start();
  for (let i = 1; i < attemptsNotMadeMax; i += 1) worker.countNotMade();
  for (let i = 0; i < 20; i += 1) await handle();
  expect(new Set(done)).toEqual(new Set(["handled"]));
});

it("a worker without sockets and files leaves its next batch to others, and ends", async () => {
  const { done, worker, handle } = start();
  for (let i = 0; i < attemptsNotMadeMax; i += 1) worker.countNotMade();
  await expect(handle()).rejects.toThrow(Exit);
  expect(done).toEqual([["left", ["m1", "m2"]], "exit"]);
});
