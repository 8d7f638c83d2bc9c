import { heldCharsMax, heldEventsMax, receiveTimeHoldMs } from "../limits.ts";

/**
 * The state of a held event. It exists longer than the event is held, so that a late receive time
 * is not matched to another event.
 */
export interface Hold {
  isReleased: boolean;
  /** The receive time, if it is known. */
  receivedAt?: number;
}

/** A held item. */
export interface Held<Item> {
  readonly item: Item;
  readonly hold: Hold;
}

interface Queued<Item> extends Held<Item> {
  readonly chars: number;
  readonly until: number;
  advanceAfter?: number;
}

interface Deps {
  now: () => number;
  /** Rejects when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
}

interface StreamCallbacks<Item> {
  show: (held: Held<Item>) => void;
  advanceTo: (at: number) => void;
  /** The first item was held for `receiveTimeHoldMs`, and is shown next. */
  timedOut: (held: Held<Item>) => void;
}

/** A first-in, first-out queue that shows each item when its hold is released. */
export interface HeldQueue<Item> {
  add(item: Item, given: { hold: Hold; chars: number }): void;
  /** Passed on after the items before it. */
  advanceTo(at: number): void;
  /** Shows the items at the front whose holds are released. */
  release(): void;
  /** Shows all held items. */
  flush(): void;
}

/**
 * No item is held longer than `receiveTimeHoldMs`. When the queue exceeds `heldEventsMax` or
 * `heldCharsMax`, the first item is shown.
 */
export const createHeldQueue = <Item>(
  { now, wait, signal }: Deps,
  on: StreamCallbacks<Item>,
): HeldQueue<Item> => {
  const queue: Queued<Item>[] = [];
  let chars = 0;
  let isTiming = false;
  const showFirst = (): void => {
    const first = queue.shift();
    if (first === undefined) return;
    chars -= first.chars;
    on.show(first);
    if (first.advanceAfter !== undefined) on.advanceTo(first.advanceAfter);
  };
  const release = (): void => {
    const isFull = () => queue.length > heldEventsMax || chars > heldCharsMax;
    while (queue[0]?.hold.isReleased || isFull()) showFirst();
    time();
  };
  /** Starts the timer of the first item, unless one is running. */
  const time = (): void => {
    const [first] = queue;
    if (first === undefined || isTiming) return;
    isTiming = true;
    const fire = (): void => {
      isTiming = false;
      if (queue[0] === first && !first.hold.isReleased) {
        first.hold.isReleased = true;
        on.timedOut(first);
      }
      release();
    };
    wait(Math.max(0, first.until - now()), signal).then(fire, () => {});
  };
  return {
    add(item, { hold, chars: size }) {
      queue.push({ item, hold, chars: size, until: now() + receiveTimeHoldMs });
      chars += size;
      release();
    },
    advanceTo(at) {
      const last = queue.at(-1);
      if (last === undefined) on.advanceTo(at);
      else last.advanceAfter = Math.max(last.advanceAfter ?? at, at);
    },
    release,
    flush() {
      while (queue.length > 0) showFirst();
    },
  };
};
