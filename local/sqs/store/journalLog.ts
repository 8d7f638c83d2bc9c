import { setImmediate as turn } from "node:timers/promises";
import type { Journal } from "../../journal/journal.ts";
import { segmentBytesMax } from "../../journal/limits.ts";
import type { ChangeLog } from "../engine/changeLog.ts";
import type { Message, MessageContent } from "../engine/message.ts";
import { type Queue, queueRecord } from "../engine/queue.ts";
import {
  appendDeleted,
  appendMessage,
  appendMoved,
  appendQueue,
  appendQueueDeleted,
  appendReceived,
  readContent,
} from "./changeRecord.ts";

/** Bytes of messages that one step of a compaction appends. */
const stepBytes = 262_144;

/**
 * Stores the changes of an engine in a journal, and deletes old segments. When more than half of
 * the journal is no longer needed, the messages of its oldest segment are appended again, step by
 * step, and the segment is deleted.
 */
export class JournalLog implements ChangeLog {
  readonly isReadable = true;
  readonly #journal: Journal;
  readonly #slackBytes: number;
  /** The messages whose latest full record is in a segment. */
  readonly #live = new Map<number, Set<Message>>();
  #liveBytes = 0;
  #compacting: Promise<void> | undefined;
  #isClosed = false;

  constructor(journal: Journal, slackBytes = 2 * segmentBytesMax) {
    this.#journal = journal;
    this.#slackBytes = slackBytes;
  }

  /** Takes over a message that is already in the journal. */
  adopt(message: Message): void {
    this.#add(message);
  }

  queueChanged(queue: Queue): void {
    appendQueue(this.#journal, queueRecord(queue));
  }

  queueDeleted(queue: Queue): void {
    appendQueueDeleted(this.#journal, queue.number);
    for (const message of queue.messages.values()) this.#forget(message);
    this.#compactIfNeeded();
  }

  sent(message: Message, content: MessageContent): void {
    this.#write(message, content);
  }

  deleted(message: Message): void {
    appendDeleted(this.#journal, message.seq);
    this.#forget(message);
    this.#compactIfNeeded();
  }

  received(message: Message): void {
    appendReceived(this.#journal, message);
  }

  moved(message: Message): void {
    appendMoved(this.#journal, message);
  }

  read(message: Message): MessageContent {
    return readContent(this.#journal.read(message, message.recordBytes));
  }

  stored(): Promise<void> {
    return this.#journal.stored();
  }

  /** Stores all changes and closes the journal. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#compacting;
    await this.#journal.close();
  }

  #write(message: Message, content: MessageContent): void {
    const { appended, bytes } = appendMessage(this.#journal, message, content);
    message.segment = appended.segment;
    message.offset = appended.offset;
    message.number = appended.number;
    message.recordBytes = bytes;
    this.#add(message);
  }

  #add(message: Message): void {
    const { segment } = message;
    this.#liveBytes += message.recordBytes;
    let live = this.#live.get(segment);
    if (live === undefined) {
      live = new Set();
      this.#live.set(segment, live);
    }
    live.add(message);
  }

  #forget(message: Message): void {
    if (this.#live.get(message.segment)?.delete(message)) this.#liveBytes -= message.recordBytes;
  }

  #compactIfNeeded(): void {
    if (this.#compacting !== undefined || !this.#needsCompaction()) return;
    this.#compacting = this.#compact().finally(() => {
      this.#compacting = undefined;
    });
  }

  #needsCompaction(): boolean {
    const { oldest, current, bytes } = this.#journal;
    if (this.#isClosed || oldest >= current) return false;
    const isEmpty = (this.#live.get(oldest)?.size ?? 0) === 0;
    return isEmpty || bytes > 2 * this.#liveBytes + this.#slackBytes;
  }

  async #compact(): Promise<void> {
    await turn();
    while (this.#needsCompaction()) {
      const { oldest } = this.#journal;
      const live = this.#live.get(oldest) ?? new Set();
      let bytes = 0;
      for (const message of live) {
        const content = message.content ?? this.read(message);
        this.#forget(message);
        this.#write(message, content);
        bytes += message.recordBytes;
        if (bytes < stepBytes) continue;
        bytes = 0;
        await this.#journal.stored();
      }
      this.#live.delete(oldest);
      await this.#journal.drop(oldest);
    }
  }
}
