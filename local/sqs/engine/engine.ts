import { randomUUID } from "node:crypto";
import { getHeapStatistics } from "node:v8";
import type { Cancellation } from "../../platform/cancellation.ts";
import { steadyNow } from "../../platform/steadyClock.ts";
import { invalidValue, queueDoesNotExist, queuesFull, sqsFailure, unsupported } from "../errors.ts";
import {
  contentOverheadBytes,
  delaySecondsMax,
  expiredMessagesMax,
  expireEveryMs,
  expiryPauseMs,
  heldContentBytesMax,
  inFlightMessagesMax,
  keptContentFraction,
  longPollsMax,
  messageAttributeBytes,
  messageOverheadBytes,
  queuedHeapFraction,
  queueNameCharsMax,
  queuesMax,
  tagKeyCharsMax,
  tagsMax,
  tagValueCharsMax,
  visibilitySecondsMax,
} from "../limits.ts";
import type { ChangeLog } from "./changeLog.ts";
import { FairOrder } from "./fairOrder.ts";
import {
  idStartOf,
  type Message,
  type MessageAttributes,
  type MessageContent,
  messageBytes,
  type NewMessage,
  type ReceivedMessage,
} from "./message.ts";
import { type LongPoll, newQueue, type Queue, type QueueRecord } from "./queue.ts";
import {
  changeSettings,
  checkSeconds,
  defaultSettings,
  parseSettings,
  type QueueSettings,
} from "./queueSettings.ts";
import { messageOf } from "./receiptHandle.ts";
import { TimerHeap } from "./timerHeap.ts";

export interface EngineOptions {
  readonly region: string;
  readonly account: string;
  /** Maximum memory of all messages. */
  readonly bytesMax?: number;
  /** Maximum memory of contents that the change log can read. */
  readonly contentBytesMax?: number;
}

/** What a change log has stored. */
export interface StoredState {
  readonly queues: Iterable<QueueRecord>;
  /** Their contents are in the change log. */
  readonly messages: Iterable<Message>;
  readonly lastSeq: number;
}

export interface ReceiveOptions {
  readonly max: number;
  /** Default: the setting of the queue. */
  readonly waitSeconds?: number | undefined;
  /** Default: the setting of the queue. */
  readonly visibilitySeconds?: number | undefined;
  readonly cancellation?: Cancellation | undefined;
}

/**
 * The queues of one region, in memory. No operation on a message depends on the number of messages
 * in its queue by more than its logarithm.
 *
 * A change is visible at once and is passed to the change log. The caller awaits the log's `stored`
 * before it acknowledges the change. A receiver can therefore get a message that is not stored yet;
 * if the process dies then, the sender has no acknowledgement and sends the message again.
 *
 * A limited size of contents is held in memory, those of the latest messages. The others are read
 * from the change log when they are received.
 */
export class SqsEngine {
  readonly #queues = new Map<string, Queue>();
  readonly #byNumber = new Map<number, Queue>();
  readonly #timers = new TimerHeap();
  readonly #log: ChangeLog;
  readonly #place: { readonly region: string; readonly account: string };
  readonly #bytesMax: number;
  readonly #contentBytesMax: number;
  /** Estimated memory of all messages. */
  #bytes = 0;
  /** The part of it that is contents, and the messages that have one, in the order of the sends. */
  #contentBytes = 0;
  readonly #withContent = new Set<Message>();
  #seq = 0;
  #queueNumber = 0;
  /** Until then, no message is deleted for its age. */
  #retainedUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  readonly #expiry: NodeJS.Timeout;

  constructor(
    log: ChangeLog,
    {
      bytesMax = getHeapStatistics().heap_size_limit * queuedHeapFraction,
      contentBytesMax = heldContentBytesMax,
      ...place
    }: EngineOptions,
  ) {
    this.#log = log;
    this.#place = place;
    this.#bytesMax = bytesMax;
    this.#contentBytesMax = log.isReadable ? contentBytesMax : Number.POSITIVE_INFINITY;
    this.#expiry = setInterval(() => this.deleteExpired(), expireEveryMs).unref();
  }

  /** Ends all long polls without messages, and the timers. */
  close(): void {
    clearInterval(this.#expiry);
    clearTimeout(this.#timer);
    this.endPolls();
  }

  /** Ends all long polls without messages. */
  endPolls(): void {
    for (const queue of this.#queues.values()) {
      for (const poll of [...queue.polls]) poll.answer([]);
    }
  }

  /** Restores the stored queues and messages. Messages that were in flight are visible. */
  restore({ queues, messages, lastSeq }: StoredState): void {
    for (const record of queues) this.#addQueue(newQueue(record));
    this.#seq = Math.max(this.#seq, lastSeq);
    const now = steadyNow();
    this.#retainedUntil = now + expiryPauseMs;
    const inOrder = [...messages].sort((one, other) => one.seq - other.seq);
    for (const message of inOrder) {
      // Also the numbers of queues that a repair has not found are not used again.
      this.#queueNumber = Math.max(this.#queueNumber, message.queue);
      const queue = this.#byNumber.get(message.queue);
      if (queue === undefined) continue;
      queue.messages.set(message.seq, message);
      this.#bytes += messageOverheadBytes;
      const { visibleAt = now } = message;
      if (visibleAt <= now) this.#show(queue, message);
      else {
        // Later only if the system clock was set back.
        message.visibleAt = Math.min(visibleAt, now + delaySecondsMax * 1_000);
        this.#hide(queue, message, "delayed");
      }
    }
  }

  queues(): IterableIterator<Queue> {
    return this.#queues.values();
  }

  /** The queue of a request. Fails with `QueueDoesNotExist`. */
  queue(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw queueDoesNotExist();
    queue.activeAt = steadyNow();
    return queue;
  }

  /** The number of messages of a queue that can be received now: 0 if it does not exist. */
  waitingMessages(name: string): number {
    const queue = this.#queues.get(name);
    return queue === undefined ? 0 : queue.messages.size - queue.inFlight - queue.delayed;
  }

  /** The number of the last message; the numbers of later messages are greater. */
  get lastSeq(): number {
    return this.#seq;
  }

  /**
   * Creates a queue. When it exists, returns it if the given settings are the same, otherwise fails
   * with `QueueNameExists`.
   */
  createQueue(
    name: string,
    settings: QueueSettings = {},
    tags: Readonly<Record<string, string>> = {},
  ): Queue {
    checkName(name);
    const known = this.#queues.get(name);
    if (known !== undefined) {
      const differing = Object.entries(changeSettings(known.settings, settings)).find(
        ([key, value]) => known.settings[key] !== value,
      );
      if (differing === undefined) return known;
      throw sqsFailure(
        "QueueNameExists",
        `A queue already exists with the same name and a different value for attribute ${differing[0]}`,
      );
    }
    if (this.#queues.size >= queuesMax) throw sqsFailure("OverLimit", "Too many queues.");
    const after = changeSettings(defaultSettings, settings);
    this.#checkRedrive(after);
    checkTags(tags);
    const { region, account } = this.#place;
    const now = Date.now();
    const queue = newQueue({
      number: this.#queueNumber + 1,
      name,
      arn: `arn:aws:sqs:${region}:${account}:${name}`,
      createdAt: now,
      modifiedAt: now,
      settings: after,
      tags,
    });
    this.#addQueue(queue);
    this.#log.queueChanged(queue);
    return queue;
  }

  #addQueue(queue: Queue): void {
    this.#queueNumber = Math.max(this.#queueNumber, queue.number);
    this.#queues.set(queue.name, queue);
    this.#byNumber.set(queue.number, queue);
  }

  setSettings(queue: Queue, changes: QueueSettings): void {
    const after = changeSettings(queue.settings, changes);
    this.#checkRedrive(after);
    queue.settings = after;
    queue.parsed = parseSettings(after);
    queue.modifiedAt = Date.now();
    this.#log.queueChanged(queue);
  }

  /** Fails when there are too many tags, or a tag is too long. */
  setTags(queue: Queue, tags: Readonly<Record<string, string>>): void {
    checkTags(tags);
    queue.tags = tags;
    this.#log.queueChanged(queue);
  }

  #checkRedrive(settings: QueueSettings): void {
    const { redrive } = parseSettings(settings);
    if (redrive === undefined || this.queueOfArn(redrive.targetArn) !== undefined) return;
    throw invalidValue(
      `Value ${settings.RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
    );
  }

  queueOfArn(arn: string): Queue | undefined {
    const queue = this.#queues.get(arn.split(":")[5] ?? "");
    return queue?.arn === arn ? queue : undefined;
  }

  /** Deletes a queue with its messages. Long polls fail with `QueueDoesNotExist`. */
  deleteQueue(queue: Queue): void {
    this.#queues.delete(queue.name);
    this.#byNumber.delete(queue.number);
    queue.isDeleted = true;
    this.#log.queueDeleted(queue);
    for (const message of queue.messages.values()) this.#discard(queue, message);
    for (const poll of [...queue.polls]) poll.fail(queueDoesNotExist());
  }

  /** Whether memory is left for many messages. */
  get hasSpace(): boolean {
    return this.#bytes < this.#bytesMax * spaceFraction;
  }

  /** Deletes all messages of a queue. */
  purge(queue: Queue): void {
    for (const message of [...queue.messages.values()]) this.#remove(queue, message);
    queue.order = new FairOrder();
    queue.purgedAt = steadyNow();
  }

  /** Sends a message. Fails with the error of SQS when the message is invalid. */
  send(queue: Queue, sent: NewMessage): MessageContent {
    const bytes = messageBytes(sent);
    if (bytes > queue.parsed.messageBytesMax) {
      throw invalidValue(
        `One or more parameters are invalid. Reason: Message must be shorter than ${queue.parsed.messageBytesMax} bytes.`,
      );
    }
    if (this.#bytes + bytes > this.#bytesMax) throw queuesFull();
    const { body, group, attributes, systemAttributes, delaySeconds } = sent;
    if (delaySeconds !== undefined) checkSeconds("DelaySeconds", delaySeconds, delaySecondsMax);
    const now = steadyNow();
    const delay = delaySeconds ?? queue.parsed.delaySeconds;
    this.#seq += 1;
    const content = { id: randomUUID(), body, attributes, systemAttributes };
    const message: Message = {
      seq: this.#seq,
      idStart: idStartOf(content.id),
      group,
      sentAt: now,
      movedAt: undefined,
      queue: queue.number,
      place: "waiting",
      visibleAt: delay > 0 ? now + delay * 1_000 : undefined,
      receives: 0,
      receivesBefore: 0,
      firstReceivedAt: undefined,
      receivedAt: undefined,
      deadLetteredBy: undefined,
      order: 0,
      timerIndex: -1,
      content: undefined,
      segment: 0,
      offset: 0,
      number: 0,
      recordBytes: 0,
    };
    queue.messages.set(message.seq, message);
    this.#bytes += messageOverheadBytes;
    queue.counts.sent += 1;
    queue.counts.sizes.add(bytes);
    this.#log.sent(message, content);
    this.#hold(message, content);
    if (delay > 0) this.#hide(queue, message, "delayed");
    else this.#show(queue, message);
    return content;
  }

  /** Holds the content of a message, and no longer those of earlier ones if there are too many. */
  #hold(message: Message, content: MessageContent): void {
    message.content = content;
    this.#withContent.add(message);
    this.#addContentBytes(memoryOf(content));
    if (this.#contentBytes <= this.#contentBytesMax) return;
    // Many at once: a set that lost its first entries is slow to begin with.
    for (const earlier of this.#withContent) {
      this.#release(earlier);
      if (this.#contentBytes <= this.#contentBytesMax * keptContentFraction) return;
    }
  }

  #release(message: Message): void {
    const { content } = message;
    if (content === undefined) return;
    message.content = undefined;
    this.#withContent.delete(message);
    this.#addContentBytes(-memoryOf(content));
  }

  #addContentBytes(bytes: number): void {
    this.#contentBytes += bytes;
    this.#bytes += bytes;
  }

  #contentOf(message: Message): MessageContent {
    return message.content ?? this.#log.read(message);
  }

  /**
   * Receives up to `max` messages. Waits for the first one when there is none, or when the maximum
   * of messages is in flight; without a wait, fails then with `OverLimit`. Rejects with the reason
   * of its cancellation when it is cancelled.
   */
  async receive(queue: Queue, options: ReceiveOptions): Promise<ReceivedMessage[]> {
    const { max, visibilitySeconds, cancellation } = options;
    const waitSeconds = options.waitSeconds ?? queue.parsed.receiveWaitSeconds;
    if (visibilitySeconds !== undefined) {
      checkSeconds("VisibilityTimeout", visibilitySeconds, visibilitySecondsMax);
    }
    if (queue.inFlight >= inFlightMessagesMax && waitSeconds === 0) {
      throw sqsFailure(
        "OverLimit",
        `Too many messages in flight for the queue (maximum ${inFlightMessagesMax}).`,
      );
    }
    if (cancellation?.isCancelled) throw cancellation.reason;
    queue.counts.receives += 1;
    if (queue.polls.size === 0 || waitSeconds === 0) {
      const messages = this.#take(queue, { max, visibilitySeconds });
      if (messages.length > 0) return messages;
      if (waitSeconds === 0) {
        queue.counts.emptyReceives += 1;
        return messages;
      }
    }
    if (queue.polls.size >= longPollsMax) throw sqsFailure("OverLimit", "Too many long polls.");
    return this.#poll(queue, { ...options, waitSeconds });
  }

  #poll(
    queue: Queue,
    { max, visibilitySeconds, waitSeconds, cancellation }: ReceiveOptions & { waitSeconds: number },
  ): Promise<ReceivedMessage[]> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        queue.polls.delete(poll);
        clearTimeout(timer);
        forget();
      };
      const poll: LongPoll = {
        max,
        visibilitySeconds,
        answer(messages) {
          end();
          if (messages.length === 0) queue.counts.emptyReceives += 1;
          resolve(messages);
        },
        fail(error) {
          end();
          reject(error);
        },
      };
      const timer = setTimeout(() => poll.answer([]), waitSeconds * 1_000);
      const forget = cancellation?.onCancel(poll.fail) ?? (() => {});
      queue.polls.add(poll);
    });
  }

  /** Serves the long polls in the order of their arrival. */
  #serve(queue: Queue): void {
    queue.isServing = false;
    for (const poll of queue.polls) {
      const messages = this.#take(queue, poll);
      if (messages.length === 0) return;
      poll.answer(messages);
    }
  }

  #take(
    queue: Queue,
    { max, visibilitySeconds }: Pick<LongPoll, "max" | "visibilitySeconds">,
  ): ReceivedMessage[] {
    this.#revealDue();
    const now = steadyNow();
    const visibleAt = now + (visibilitySeconds ?? queue.parsed.visibilitySeconds) * 1_000;
    const expired = this.#expiredBefore(queue, now);
    const taken: ReceivedMessage[] = [];
    while (taken.length < max && queue.inFlight < inFlightMessagesMax) {
      const message = queue.order.shift(now);
      if (message === undefined) break;
      const deadLetters = this.#deadLetterQueue(queue, message);
      if (message.sentAt < expired) {
        // It has left the order.
        message.place = "deleted";
        this.#remove(queue, message);
      } else if (deadLetters !== undefined) this.#deadLetter(queue, message, deadLetters);
      else {
        message.receives += 1;
        message.firstReceivedAt ??= now;
        message.receivedAt = now;
        message.visibleAt = visibleAt;
        queue.order.startFlight(message);
        this.#hide(queue, message, "inFlight");
        this.#log.received(message);
        queue.counts.received += 1;
        taken.push(this.#received(message, now));
      }
    }
    return taken;
  }

  #received(message: Message, now: number): ReceivedMessage {
    const { seq, group, sentAt, receives, firstReceivedAt = now, deadLetteredBy } = message;
    const { id, body, attributes, systemAttributes } = this.#contentOf(message);
    return {
      seq,
      group,
      sentAt,
      receives,
      firstReceivedAt,
      deadLetteredBy,
      id,
      body,
      attributes,
      systemAttributes,
    };
  }

  #deadLetterQueue({ parsed: { redrive } }: Queue, message: Message): Queue | undefined {
    if (redrive === undefined) return undefined;
    if (message.receives - message.receivesBefore < redrive.receivesMax) return undefined;
    return this.queueOfArn(redrive.targetArn);
  }

  #deadLetter(from: Queue, message: Message, to: Queue): void {
    from.messages.delete(message.seq);
    to.messages.set(message.seq, message);
    message.queue = to.number;
    message.receivesBefore = message.receives;
    message.movedAt = steadyNow();
    message.deadLetteredBy = from.arn;
    this.#log.moved(message, to);
    this.#show(to, message);
  }

  /**
   * Sends the next visible message again, to the queue that `target` returns, and deletes it.
   * Returns false when there is none.
   */
  redrive(from: Queue, target: (message: Message) => Queue): boolean {
    const message = from.order.shift(steadyNow());
    if (message === undefined) return false;
    try {
      const { body, attributes, systemAttributes } = this.#contentOf(message);
      const { group } = message;
      const sent = { body, group, attributes, systemAttributes, delaySeconds: 0 };
      this.send(target(message), sent);
    } catch (error) {
      this.#show(from, message);
      throw error;
    }
    // It has left the order.
    message.place = "deleted";
    this.#remove(from, message);
    return true;
  }

  /**
   * Deletes the message of a receipt handle. Does nothing when it is deleted, or received again
   * since.
   */
  delete(queue: Queue, receiptHandle: string): void {
    const message = messageOf(queue, receiptHandle);
    queue.counts.deleted += 1;
    if (message !== undefined) this.#remove(queue, message);
  }

  /** Sets the visibility timeout of a message in flight from now on. */
  changeVisibility(queue: Queue, receiptHandle: string, seconds: number): void {
    checkSeconds("VisibilityTimeout", seconds, visibilitySecondsMax);
    const message = messageOf(queue, receiptHandle);
    if (message?.place !== "inFlight") {
      throw sqsFailure("MessageNotInflight", "The specified message isn't in flight.");
    }
    const now = steadyNow();
    const { receivedAt = now } = message;
    // A message is in flight for at most twelve hours in total.
    if (now + seconds * 1_000 > receivedAt + visibilitySecondsMax * 1_000) {
      throw invalidValue(
        `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [${visibilitySecondsMax} seconds].`,
      );
    }
    message.visibleAt = now + seconds * 1_000;
    if (seconds === 0) this.#reveal(queue, message);
    else this.#setTimer(message);
  }

  /** Makes the messages in flight visible, because their receivers no longer exist. */
  release(): void {
    for (const queue of this.#queues.values()) {
      if (queue.inFlight === 0) continue;
      for (const message of queue.messages.values()) {
        if (message.place === "inFlight") this.#reveal(queue, message);
      }
    }
  }

  /** Deletes messages that are older than the retention period of their queue. */
  deleteExpired(now = steadyNow()): void {
    for (const queue of this.#queues.values()) {
      const expired = this.#expiredBefore(queue, now);
      let deleted = 0;
      for (const message of queue.messages.values()) {
        if (message.sentAt >= expired || deleted === expiredMessagesMax) break;
        this.#remove(queue, message);
        deleted += 1;
      }
    }
  }

  /** The time of the send before which a message is too old. */
  #expiredBefore({ parsed }: Queue, now: number): number {
    return now < this.#retainedUntil ? 0 : now - parsed.retentionSeconds * 1_000;
  }

  #remove(queue: Queue, message: Message): void {
    this.#log.deleted(message);
    this.#discard(queue, message);
    queue.messages.delete(message.seq);
  }

  #discard(queue: Queue, message: Message): void {
    this.#timers.delete(message);
    if (message.place === "inFlight") this.#endFlight(queue, message);
    else if (message.place === "delayed") queue.delayed -= 1;
    const isListed = message.place === "waiting";
    message.place = "deleted";
    if (isListed) queue.order.remove();
    this.#release(message);
    this.#bytes -= messageOverheadBytes;
  }

  #endFlight(queue: Queue, message: Message): void {
    queue.inFlight -= 1;
    queue.order.endFlight(message, steadyNow());
    if (queue.inFlight === inFlightMessagesMax - 1) this.#serveSoon(queue);
  }

  #hide(queue: Queue, message: Message, place: "delayed" | "inFlight"): void {
    message.place = place;
    if (place === "delayed") queue.delayed += 1;
    else queue.inFlight += 1;
    this.#timers.set(message);
    this.#armTimer();
  }

  #setTimer(message: Message): void {
    this.#timers.set(message);
    this.#armTimer();
  }

  /** Ends the delay or the flight of a message. */
  #reveal(queue: Queue, message: Message): void {
    this.#timers.delete(message);
    if (message.place === "inFlight") this.#endFlight(queue, message);
    else queue.delayed -= 1;
    this.#show(queue, message);
  }

  #show(queue: Queue, message: Message): void {
    message.place = "waiting";
    queue.order.push(message);
    this.#serveSoon(queue);
  }

  #serveSoon(queue: Queue): void {
    if (queue.polls.size === 0 || queue.isServing) return;
    queue.isServing = true;
    // At the end of this event-loop turn: messages that arrive together are received together.
    setImmediate(() => this.#serve(queue));
  }

  #armTimer(): void {
    const at = this.#timers.first()?.visibleAt ?? Number.POSITIVE_INFINITY;
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const ms = Math.max(0, at - steadyNow());
    this.#timer = setTimeout(() => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#revealDue();
      this.#armTimer();
    }, ms).unref();
  }

  /** Reveals the messages whose time has come. */
  #revealDue(): void {
    const now = steadyNow();
    for (;;) {
      const message = this.#timers.first();
      if (message?.visibleAt === undefined || message.visibleAt > now) return;
      const queue = this.#byNumber.get(message.queue);
      if (queue === undefined) this.#timers.delete(message);
      else this.#reveal(queue, message);
    }
  }
}

/** The memory is nearly used up above this fraction of the maximum. */
const spaceFraction = 0.9;

const memoryOf = ({ body, attributes, systemAttributes }: MessageContent): number =>
  contentOverheadBytes + body.length + lengthOf(attributes) + lengthOf(systemAttributes);

const lengthOf = (attributes: MessageAttributes | undefined): number => {
  if (attributes === undefined) return 0;
  let length = 0;
  for (const [name, value] of Object.entries(attributes)) {
    const { DataType, StringValue = "", BinaryValue = "" } = value;
    length += messageAttributeBytes + name.length + DataType.length;
    length += StringValue.length + BinaryValue.length;
  }
  return length;
};

const checkTags = (tags: Readonly<Record<string, string>>): void => {
  const entries = Object.entries(tags);
  if (entries.length > tagsMax) throw invalidValue(`A queue can have ${tagsMax} tags.`);
  for (const [key, value] of entries) {
    const isValid = key !== "" && key.length <= tagKeyCharsMax && value.length <= tagValueCharsMax;
    if (!isValid) {
      throw invalidValue(
        `Tag keys have 1 to ${tagKeyCharsMax} characters, and values up to ${tagValueCharsMax}.`,
      );
    }
  }
};

const checkName = (name: string): void => {
  if (name.endsWith(".fifo")) throw unsupported("FIFO queues are not supported here.");
  if (/^[\w-]+$/.test(name) && name.length <= queueNameCharsMax) return;
  throw invalidValue(
    `Can only include alphanumeric characters, hyphens, or underscores. 1 to ${queueNameCharsMax} in length.`,
  );
};
