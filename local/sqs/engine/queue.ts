import { steadyNow } from "../../platform/steadyClock.ts";
import { FairOrder } from "./fairOrder.ts";
import type { Message, ReceivedMessage } from "./message.ts";
import { newQueueCounts, type QueueCounts } from "./queueCounts.ts";
import { type ParsedSettings, parseSettings, type QueueSettings } from "./queueSettings.ts";

/** A receive that waits for messages. */
export interface LongPoll {
  readonly max: number;
  readonly visibilitySeconds: number | undefined;
  /** Ends the poll with these messages. */
  answer(messages: ReceivedMessage[]): void;
  fail(error: unknown): void;
}

/** A queue. Only the engine changes it. */
export interface Queue {
  /** Number of the queue in the journal. */
  readonly number: number;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  settings: QueueSettings;
  parsed: ParsedSettings;
  tags: Readonly<Record<string, string>>;
  modifiedAt: number;
  /** All messages, by number. */
  readonly messages: Map<number, Message>;
  /** The messages that can be received. */
  order: FairOrder;
  delayed: number;
  inFlight: number;
  readonly polls: Set<LongPoll>;
  /** Whether the polls are served at the end of this event-loop turn. */
  isServing: boolean;
  /** The time of the last purge, of the steady clock. */
  purgedAt: number;
  isDeleted: boolean;
  readonly counts: QueueCounts;
  /** The time of the last request, of the steady clock. */
  activeAt: number;
}

/** The stored fields of a queue. */
export interface QueueRecord {
  readonly number: number;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly settings: QueueSettings;
  readonly tags: Readonly<Record<string, string>>;
}

export const newQueue = (record: QueueRecord): Queue => ({
  ...record,
  parsed: parseSettings(record.settings),
  messages: new Map(),
  order: new FairOrder(),
  delayed: 0,
  inFlight: 0,
  polls: new Set(),
  isServing: false,
  purgedAt: 0,
  isDeleted: false,
  counts: newQueueCounts(),
  activeAt: steadyNow(),
});

export const queueRecord = (queue: Queue): QueueRecord => {
  const { number, name, arn, createdAt, modifiedAt, settings, tags } = queue;
  return { number, name, arn, createdAt, modifiedAt, settings, tags };
};
