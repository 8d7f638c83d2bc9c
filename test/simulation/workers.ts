import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { type Life, openLife } from "./life.ts";
import type { Message, Queue } from "./queue.ts";
import type { World } from "./world.ts";

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

interface Pool {
  readonly name: string;
  readonly queue: Queue;
  readonly workers: number;
  readonly batch: number;
  readonly timeoutSeconds: number;
  /** A worker's function, with its own memory. */
  readonly open: (life: Life) => Handler;
}

/**
 * Starts workers that process batches of a queue like Lambda: one batch at a time, with a timeout.
 * Messages are deleted when the function has returned; a dead worker is replaced.
 */
export const startWorkers = (world: World, pool: Pool): void => {
  for (let i = 0; i < pool.workers; i += 1) void work(world, { ...pool, name: `${pool.name}${i}` });
};

const work = async ({ time, chance, trace }: World, pool: Pool): Promise<void> => {
  const { queue, batch, timeoutSeconds, open } = pool;
  for (let born = 1; ; born += 1) {
    const life = openLife(`${pool.name}.${born}`);
    const handler = open(life);
    // Lambda sometimes ends a healthy worker.
    for (let batches = 0; !life.isOver() && batches < 50; batches += 1) {
      const messages = await queue.receive(batch);
      trace(() => `${life.name} takes ${messages.map(({ id }) => id).join()}`);
      const cancel = time.at(time.now() + timeoutSeconds * 1_000, life.end);
      const answer = await Promise.race([
        handler({ Records: messages.map(recordOf) } as SQSEvent),
        life.over,
      ]);
      cancel();
      if (life.isOver() || answer === undefined) break;
      const failed = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
      for (const one of messages) if (!failed.includes(one.id)) queue.remove(one);
    }
    await time.wait(chance.int(1, 200));
  }
};

const recordOf = ({ id, body, receives }: Message) => ({
  messageId: id,
  body,
  attributes: { ApproximateReceiveCount: String(receives) },
});
