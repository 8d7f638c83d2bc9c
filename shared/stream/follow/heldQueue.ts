import { heldCharsMax, heldEventsMax, receiveTimeHoldMs } from "../limits.ts";

/** Whether something may go on. It outlives what it belongs to, so that a late stamp goes to no other event. */
export interface Hold {
  isReleased: boolean;
  /** When the cloud received the event, if it is known. */
  receivedAt?: number;
}

/** Something that is held. */
export interface Held<One> {
  readonly one: One;
  readonly hold: Hold;
}

interface Queued<One> extends Held<One> {
  readonly chars: number;
  readonly until: number;
  advanceAfter?: number;
}

interface Deps {
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
}

interface StreamCallbacks<One> {
  show: (held: Held<One>) => void;
  advanceTo: (at: number) => void;
  /** The first one waited for `receiveTimeHoldMs`, and is shown now. */
  timedOut: (held: Held<One>) => void;
}

/** Shows one after another in the order they came, each when its ticket is ready. */
export interface HeldQueue<One> {
  add(one: One, given: { hold: Hold; chars: number }): void;
  /** Passed on after all that came before. */
  advanceTo(at: number): void;
  /** A ticket may be ready. */
  release(): void;
  /** Shows all that is held. */
  flush(): void;
}

/** Nothing waits longer than `receiveTimeHoldMs`. When more waits than `heldEventsMax` or `heldCharsMax`, the first is shown. */
export const openHeldQueue = <One>(
  { now, wait, signal }: Deps,
  on: StreamCallbacks<One>,
): HeldQueue<One> => {
  const queue: Queued<One>[] = [];
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
  /** One timer at a time: the first one's. */
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
    add(one, { hold, chars: size }) {
      queue.push({ one, hold, chars: size, until: now() + receiveTimeHoldMs });
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
