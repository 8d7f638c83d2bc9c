import { setImmediate as turn } from "node:timers/promises";
import * as z from "zod";
import { type SqsQueue, SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";
import type { InflightEntry, SqsMessage } from "../../node_modules/fauxqs/dist/sqs/sqsTypes.js";

/*
 * A group is noisy when it has more than a tenth of the messages in flight, and 30 at least, or more than a tenth of the time
 * that messages are in flight. What SQS itself looks at, and for how long, it does not say:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
const noisyPart = 0.1;
const noisyMessagesMin = 30;
const noisyMsMin = 1_000;
/** Quiet messages behind so many others wait for their turn, so that a look costs little. */
const lookMessagesMax = 10_000;
/** Groups that were said of messages that then were not taken. */
const groupsKeptMax = 10_000;

const sent = z.object({ MessageBody: z.string(), MessageGroupId: z.string().optional() });
const sentBatch = z.object({ Entries: z.array(sent) });

/** The queues of fauxqs, which are fair between message groups as those of SQS are: quiet groups come first. */
export class FairSqsStore extends SqsStore {
  readonly #groups = new Map<string, string>();

  /** Takes note of the groups in a request, before fauxqs does it: in a standard queue it forgets them. */
  recordGroups(body: unknown): void {
    const batch = sentBatch.safeParse(body).data?.Entries ?? [sent.safeParse(body).data];
    for (const message of batch) {
      if (message?.MessageGroupId === undefined) continue;
      if (this.#groups.size >= groupsKeptMax) this.#groups.clear();
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

/** Puts the next messages of quiet groups before all others. */
const bringForward = ({ messages, inflightMessages, attributes }: SqsQueue, max: number): void => {
  const visibilityMs = Number(attributes.VisibilityTimeout) * 1_000;
  const noisy = noisyGroups([...inflightMessages.values()], Date.now() + visibilityMs);
  if (noisy.size === 0) return;
  const isQuiet = ({ messageGroupId = "" }: SqsMessage): boolean => !noisy.has(messageGroupId);
  const quiet: SqsMessage[] = [];
  for (let i = 0; i < Math.min(messages.length, lookMessagesMax) && quiet.length < max; ) {
    const message = messages[i];
    if (message === undefined || !isQuiet(message)) i += 1;
    else quiet.push(...messages.splice(i, 1));
  }
  messages.unshift(...quiet);
};

/** `deadline` is that of a message that would be received now. */
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
    (count >= noisyMessagesMin && count > inFlight.length * noisyPart) ||
    (ms >= noisyMsMin && ms > allMs * noisyPart);
  return new Set([...groups].filter(([, of]) => isNoisy(of)).map(([group]) => group));
};

/**
 * Makes visible what was given to receivers that are no more, and ends the waits of those: fauxqs does not see that
 * they have gone, and would give them what comes next. On AWS only the visibility time-out brings messages back.
 */
export const releaseMessages = async (store: SqsStore): Promise<void> => {
  for (const queue of store.allQueues()) queue.cancelWaiters();
  // Whoever waited looks once more before its answer gets lost.
  await turn();
  for (const queue of store.allQueues()) {
    for (const receipt of [...queue.inflightMessages.keys()]) queue.changeVisibility(receipt, 0);
  }
};
