import type { Message } from "./message.ts";

/**
 * The messages that become visible later, by time. A binary heap: each operation takes O(log n).
 * Each message has its position, so that a deleted message leaves the heap at once.
 */
export class TimerHeap {
  readonly #heap: Message[] = [];

  /** The message that becomes visible first. */
  first(): Message | undefined {
    return this.#heap[0];
  }

  /** Adds a message, or moves it after a change of `visibleAt`. */
  set(message: Message): void {
    if (message.timerIndex < 0) {
      message.timerIndex = this.#heap.length;
      this.#heap.push(message);
    }
    this.#restore(message);
  }

  delete(message: Message): void {
    const { timerIndex } = message;
    if (timerIndex < 0) return;
    message.timerIndex = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === message) return;
    this.#put(last, timerIndex);
    this.#restore(last);
  }

  #put(message: Message, index: number): void {
    this.#heap[index] = message;
    message.timerIndex = index;
  }

  #restore(message: Message): void {
    this.#siftUp(message);
    this.#siftDown(message);
  }

  #siftUp(message: Message): void {
    let index = message.timerIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || timeOf(parent) <= timeOf(message)) break;
      this.#put(parent, index);
      index = parentIndex;
    }
    this.#put(message, index);
  }

  #siftDown(message: Message): void {
    let index = message.timerIndex;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const child =
        left !== undefined && right !== undefined && timeOf(right) < timeOf(left) ? right : left;
      if (child === undefined || timeOf(child) >= timeOf(message)) break;
      const childIndex = child.timerIndex;
      this.#put(child, index);
      index = childIndex;
    }
    this.#put(message, index);
  }
}

const timeOf = ({ visibleAt = 0 }: Message): number => visibleAt;
