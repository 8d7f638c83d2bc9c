import { setImmediate as turn } from "node:timers/promises";
import * as z from "zod";
import { type SqsQueue, SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";
import type { InflightEntry, SqsMessage } from "../../node_modules/fauxqs/dist/sqs/sqsTypes.js";

/*
 * A group is noisy when it has more than a tenth of the messages in flight (minimum 30), or more
 * than a tenth of the total in-flight time. SQS does not document its criteria:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
const noisyFraction = 0.1;
const noisyMessagesMin = 30;
const noisyMsMin = 1_000;
/** Messages that are searched for quiet groups; later ones wait, which bounds the cost. */
const searchedMessagesMax = 10_000;
/** Maximum recorded groups of messages that were not enqueued. */
const recordedGroupsMax = 10_000;

const sent = z.object({ MessageBody: z.string(), MessageGroupId: z.string().optional() });
const sentBatch = z.object({ Entries: z.array(sent) });

/**
 * The queues of fauxqs with fairness between message groups as in SQS: quiet groups are received
 * first.
 */
export class FairSqsStore extends SqsStore {
  readonly #groups = new Map<string, string>();

  /**
   * Records the message groups of a request before fauxqs handles it: fauxqs drops them in standard
   * queues.
   */
  recordGroups(body: unknown): void {
    const batch = sentBatch.safeParse(body).data?.Entries ?? [sent.safeParse(body).data];
    for (const message of batch) {
      if (message?.MessageGroupId === undefined) continue;
      if (this.#groups.size >= recordedGroupsMax) this.#groups.clear();
      this.#groups.set(message.MessageBody, message.MessageGroupId);
    }
  }

  override createQueue(...given: Parameters<SqsStore["createQueue"]>): SqsQueue {
    const queue = super.createQueue(...given);
    const enqueue = queue.enqueue.bind(queue);
    const dequeue = queue.dequeue.bind(queue);
    queue.enqueue = (message) => {
      message.messageGroupId ??= this.#groups.get(message.body);
      this.#groups.delete(message.body);
      enqueue(message);
    };
    queue.dequeue = (max, ...rest) => {
      bringForward(queue, max);
      return dequeue(max, ...rest);
    };
    return queue;
  }
}

/** Moves the next messages of quiet groups to the front. */
const bringForward = ({ messages, inflightMessages, attributes }: SqsQueue, max: number): void => {
  const visibilityMs = Number(attributes.VisibilityTimeout) * 1_000;
  const noisy = noisyGroups([...inflightMessages.values()], Date.now() + visibilityMs);
  if (noisy.size === 0) return;
  const isQuiet = ({ messageGroupId = "" }: SqsMessage): boolean => !noisy.has(messageGroupId);
  const quiet: SqsMessage[] = [];
  for (let i = 0; i < Math.min(messages.length, searchedMessagesMax) && quiet.length < max; ) {
    const message = messages[i];
    if (message === undefined || !isQuiet(message)) i += 1;
    else quiet.push(...messages.splice(i, 1));
  }
  messages.unshift(...quiet);
};

/** `deadline` is the visibility deadline of a message received now. */
const noisyGroups = (inFlight: readonly InflightEntry[], deadline: number): ReadonlySet<string> => {
  const groups = new Map<string, { count: number; ms: number }>();
  let allMs = 0;
  for (const { message, visibilityDeadline } of inFlight) {
    const ms = Math.max(0, deadline - visibilityDeadline);
    allMs += ms;
    if (message.messageGroupId === undefined) continue;
    const of = groups.get(message.messageGroupId) ?? { count: 0, ms: 0 };
    groups.set(message.messageGroupId, { count: of.count + 1, ms: of.ms + ms });
  }
  const isNoisy = ({ count, ms }: { count: number; ms: number }): boolean =>
    (count >= noisyMessagesMin && count > inFlight.length * noisyFraction) ||
    (ms >= noisyMsMin && ms > allMs * noisyFraction);
  return new Set([...groups].filter(([, of]) => isNoisy(of)).map(([group]) => group));
};

/**
 * Makes messages visible whose receivers no longer exist, and cancels the pending receives of
 * those: fauxqs does not notice that they ended and would give them the next messages. On AWS only
 * the visibility timeout returns messages.
 */
export const releaseMessages = async (store: SqsStore): Promise<void> => {
  for (const queue of store.allQueues()) queue.cancelWaiters();
  // Cancelled receives poll once more; their responses are lost.
  await turn();
  for (const queue of store.allQueues()) {
    for (const receipt of [...queue.inflightMessages.keys()]) queue.changeVisibility(receipt, 0);
  }
};
