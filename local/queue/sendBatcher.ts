import * as z from "zod";
import { AwsError } from "../http/awsJsonClient.ts";

/** The input of `SendMessageBatch`. */
export interface SendMessageBatch {
  readonly QueueUrl: string;
  readonly Entries: readonly { readonly Id: string; readonly MessageBody: string }[];
}

export interface SendBatcher {
  /** Resolves when the queue has stored this message; rejects when the queue refused it. */
  send(queueUrl: string, body: string): Promise<void>;
}

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
const batchEntriesMax = 10;
const batchBytesMax = 1_048_576;
/** Maximum concurrent batches to one queue. Meanwhile messages accumulate for the next batch. */
const concurrentBatchesMax = 4;

interface Waiting {
  readonly body: string;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface QueueSends {
  readonly waiting: Waiting[];
  inFlight: number;
}

/**
 * Combines concurrent sends into `SendMessageBatch` calls. A single send leaves at once; under load
 * the batches fill, because they wait for the previous ones.
 */
export const sendBatcher = (call: (input: SendMessageBatch) => Promise<unknown>): SendBatcher => {
  const sendsByQueue = new Map<string, QueueSends>();

  const sendBatch = async (QueueUrl: string, batch: readonly Waiting[]): Promise<void> => {
    try {
      const Entries = batch.map(({ body }, i) => ({ Id: String(i), MessageBody: body }));
      settle(batch, answer.parse(await call({ QueueUrl, Entries })));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  const drain = (queueUrl: string, sends: QueueSends): void => {
    while (sends.waiting.length > 0 && sends.inFlight < concurrentBatchesMax) {
      sends.inFlight += 1;
      const batch = takeBatch(sends.waiting);
      void sendBatch(queueUrl, batch).then(() => {
        sends.inFlight -= 1;
        drain(queueUrl, sends);
      });
    }
  };

  return {
    send: (queueUrl, body) =>
      new Promise((resolve, reject) => {
        const sends = sendsByQueue.get(queueUrl) ?? { waiting: [], inFlight: 0 };
        sendsByQueue.set(queueUrl, sends);
        sends.waiting.push({ body, bytes: Buffer.byteLength(body), resolve, reject });
        // After this event-loop turn: messages that arrive in the same turn share a batch.
        if (sends.waiting.length === 1) setImmediate(drain, queueUrl, sends);
      }),
  };
};

/** Removes the oldest messages that fit into one batch: at least one, whatever its size. */
const takeBatch = (waiting: Waiting[]): Waiting[] => {
  let bytes = 0;
  const tooMany = waiting.findIndex((one, i) => {
    bytes += one.bytes;
    return i > 0 && (i >= batchEntriesMax || bytes > batchBytesMax);
  });
  return waiting.splice(0, tooMany === -1 ? waiting.length : tooMany);
};

const answer = z.object({
  Successful: z.array(z.object({ Id: z.string() })).default([]),
  Failed: z
    .array(z.object({ Id: z.string(), Code: z.string(), Message: z.string().optional() }))
    .default([]),
});

const settle = (batch: readonly Waiting[], { Successful, Failed }: z.output<typeof answer>) => {
  const stored = new Set(Successful.map(({ Id }) => Id));
  const refused = new Map(Failed.map((entry) => [entry.Id, entry]));
  for (const [i, { resolve, reject }] of batch.entries()) {
    const id = String(i);
    if (stored.has(id)) resolve();
    else reject(errorFrom(refused.get(id)));
  }
};

const errorFrom = (entry?: { Code: string; Message?: string | undefined }): AwsError => {
  const code = entry?.Code ?? "NoAnswer";
  const message = `SendMessageBatch: ${code} ${entry?.Message ?? "missing in the batch response"}`;
  return new AwsError(message, { code, status: 400 });
};
