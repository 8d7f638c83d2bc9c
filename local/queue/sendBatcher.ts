import * as z from "zod";
import { AwsError } from "../http/awsJsonClient.ts";

/** The input of `SendMessageBatch`. */
export interface SendMessageBatch {
  readonly QueueUrl: string;
  readonly Entries: readonly { readonly Id: string; readonly MessageBody: string }[];
}

export interface SendBatcher {
  /** Resolves when the queue has stored this very message; rejects when this one was refused. */
  send(queueUrl: string, body: string): Promise<void>;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const batchEntriesMax = 10;
const batchBytesMax = 1_048_576;
/** Batches to one queue under way at once. While they are, what comes in gathers for the next. */
const batchesAtOnceMax = 4;

interface Waiting {
  readonly body: string;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface QueueSends {
  readonly waiting: Waiting[];
  underWay: number;
}

/**
 * Puts sends that are made at the same time into one `SendMessageBatch`. A lone send leaves at once;
 * under load the batches fill by themselves, because they wait for the ones before them.
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
    while (sends.waiting.length > 0 && sends.underWay < batchesAtOnceMax) {
      sends.underWay += 1;
      const batch = takeBatch(sends.waiting);
      void sendBatch(queueUrl, batch).then(() => {
        sends.underWay -= 1;
        drain(queueUrl, sends);
      });
    }
  };

  return {
    send: (queueUrl, body) =>
      new Promise((resolve, reject) => {
        const sends = sendsByQueue.get(queueUrl) ?? { waiting: [], underWay: 0 };
        sendsByQueue.set(queueUrl, sends);
        sends.waiting.push({ body, bytes: Buffer.byteLength(body), resolve, reject });
        // After this turn of the event loop: whatever arrived with this message goes with it.
        if (sends.waiting.length === 1) setImmediate(drain, queueUrl, sends);
      }),
  };
};

/** Removes as many of the oldest as fit into one batch: at least one, however large it is. */
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
    else reject(refusal(refused.get(id)));
  }
};

const refusal = (entry?: { Code: string; Message?: string | undefined }): AwsError => {
  const code = entry?.Code ?? "NoAnswer";
  const message = `SendMessageBatch: ${code} ${entry?.Message ?? "the batch's answer left it out"}`;
  return new AwsError(message, { code, status: 400 });
};
