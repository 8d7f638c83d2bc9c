import type { Message, MessageContent } from "./message.ts";
import type { Queue } from "./queue.ts";

/** Stores the changes of an engine. The order of the calls is the order of the changes. */
export interface ChangeLog {
  /** A queue is new, or its settings or tags have changed. */
  queueChanged(queue: Queue): void;
  /** A queue is deleted, with all its messages. */
  queueDeleted(queue: Queue): void;
  sent(message: Message, content: MessageContent): void;
  deleted(message: Message): void;
  /**
   * The receive count of a message has changed. The loss of this change is harmless, so nothing
   * waits for it.
   */
  received(message: Message): void;
  /** A message has moved to another queue. Nothing waits for it, as for `received`. */
  moved(message: Message, to: Queue): void;
  /** Whether `read` works. */
  readonly isReadable: boolean;
  /** Reads the content of a message that was sent. */
  read(message: Message): MessageContent;
  /** Resolves when all earlier changes are stored. */
  stored(): Promise<void>;
}

/** Stores nothing. */
export const noChangeLog: ChangeLog = {
  queueChanged() {},
  queueDeleted() {},
  sent() {},
  deleted() {},
  received() {},
  moved() {},
  isReadable: false,
  read() {
    throw new Error("nothing is stored");
  },
  stored: () => Promise.resolve(),
};
