import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Message, Queue } from "./queue.ts";
import type { SimulatedRegion } from "./region.ts";
import { type SimulatedWorker, startWorker } from "./worker.ts";

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

interface Pool {
  readonly name: string;
  readonly queue: Queue;
  readonly workers: number;
  readonly batch: number;
  readonly timeoutSeconds: number;
  /** A worker's function, with its own memory. */
  readonly open: (worker: SimulatedWorker) => Handler;
}

/**
 * Starts workers that process batches of a queue like Lambda: one batch at a time, with a timeout.
 * Messages are deleted when the function has returned; a crashed worker is replaced.
 */
export const startWorkerPool = (region: SimulatedRegion, pool: Pool): void => {
  for (let i = 0; i < pool.workers; i += 1)
    void runWorker(region, { ...pool, name: `${pool.name}${i}` });
};

const runWorker = async ({ time, random, trace }: SimulatedRegion, pool: Pool): Promise<void> => {
  const { queue, batch, timeoutSeconds, open } = pool;
  for (let generation = 1; ; generation += 1) {
    const worker = startWorker(`${pool.name}.${generation}`);
    const handler = open(worker);
    // Lambda sometimes ends a healthy worker.
    for (let batches = 0; !worker.hasExited() && batches < 50; batches += 1) {
      const messages = await queue.receive(batch);
      trace(() => `${worker.name} takes ${messages.map(({ id }) => id).join()}`);
      const cancel = time.at(time.now() + timeoutSeconds * 1_000, worker.kill);
      const response = await Promise.race([
        handler({ Records: messages.map(recordOf) } as SQSEvent),
        worker.exited,
      ]);
      cancel();
      if (worker.hasExited() || response === undefined) break;
      const failed = response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
      for (const one of messages) if (!failed.includes(one.id)) queue.remove(one);
    }
    await time.wait(random.int(1, 200));
  }
};

const recordOf = ({ id, body, receives }: Message) => ({
  messageId: id,
  body,
  attributes: { ApproximateReceiveCount: String(receives) },
});
