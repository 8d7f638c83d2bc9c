import { eventTime } from "../../platform/topic.ts";
import { heldCharsMax, heldEventsMax, receiveTimeHoldMs } from "../limits.ts";
import type { LiveEvent } from "../liveEvent.ts";
import type { ShownEvent } from "../position.ts";
import type { ReceiveTime } from "../receiveTimes.ts";
import { createHashMatcher } from "../receiveTimes.ts";

/** A live event as it arrived on the stream. */
export interface ArrivedEvent {
  /** Its `publishedAt` is the time of arrival if the topic contains no time. */
  readonly event: LiveEvent;
  /** Its hash and time of arrival. */
  readonly shownEvent: ShownEvent;
  /** The time in the topic (property `at`). */
  readonly deviceTime: number | undefined;
  readonly needsReceiveTime: boolean;
}

interface Deps {
  now: () => number;
  /** Rejects when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  /** The time from which receive times are published, in milliseconds since 1970. */
  receiveTimesFrom: () => number;
}

interface StreamCallbacks {
  /** `shownEvent` has the receive time if it is known; `arrival` is as it arrived. */
  event: (event: LiveEvent, shownEvent: ShownEvent, arrival: ShownEvent) => void;
  advanceTo: (at: number) => void;
}

/** Holds live events until their receive times are known. */
export interface EventHolder {
  event(arrival: ArrivedEvent): void;
  /** Every event that the broker received before this time has arrived. */
  advanceTo(at: number): void;
  receiveTimes(times: readonly ReceiveTime[]): void;
  /** Shows all held events. */
  flush(): void;
}

/**
 * Holds live events until their receive times are known, for at most `receiveTimeHoldMs`, and
 * preserves their order. `advanceTo` is passed on after the events before it. An event whose hold
 * times out means that no receive times are published; then events are not held until receive times
 * arrive in time again.
 */
export const holdEvents = (
  { now, wait, signal, receiveTimesFrom }: Deps,
  on: StreamCallbacks,
): EventHolder => {
  const awaiting = createHashMatcher<Hold>(now);
  const early = createHashMatcher<number>(now);
  let lastInTime = Number.NEGATIVE_INFINITY;
  let isBypassed = false;
  const queue = createHeldQueue<ArrivedEvent>(
    { now, wait, signal },
    {
      show({ item: { event, shownEvent, deviceTime }, hold: { receivedAt } }: Held<ArrivedEvent>) {
        if (receivedAt === undefined) return on.event(event, shownEvent, shownEvent);
        const publishedAt = eventTime(receivedAt, deviceTime);
        on.event({ ...event, publishedAt }, { ...shownEvent, at: receivedAt }, shownEvent);
      },
      advanceTo: on.advanceTo,
      timedOut({ item: { shownEvent } }) {
        isBypassed = lastInTime < shownEvent.at;
      },
    },
  );
  /**
   * The hold of an event: released if the receive time is known, is not needed, or is not expected.
   */
  const holdFor = ({ shownEvent, needsReceiveTime }: ArrivedEvent): Hold => {
    if (!needsReceiveTime) return { isReleased: true };
    const receivedAt = early.removeMatch(shownEvent);
    if (receivedAt !== undefined) return { isReleased: true, receivedAt };
    const hold = { isReleased: isBypassed || now() < receiveTimesFrom() };
    awaiting.add(shownEvent, hold);
    return hold;
  };
  return {
    event(arrival) {
      queue.add(arrival, { hold: holdFor(arrival), chars: arrival.event.text.length });
    },
    advanceTo: queue.advanceTo,
    receiveTimes(times) {
      for (const receiveTime of times) {
        const hold = awaiting.removeMatch(receiveTime);
        if (hold === undefined) early.add(receiveTime, receiveTime.at);
        else Object.assign(hold, { isReleased: true, receivedAt: receiveTime.at });
      }
      if (times.length > 0 && times.every(({ at }) => at >= now() - receiveTimeHoldMs)) {
        lastInTime = now();
        isBypassed = false;
      }
      queue.release();
    },
    flush: queue.flush,
  };
};

/**
 * The state of a held event. It exists longer than the event is held, so that a late receive time
 * is not matched to another event.
 */
interface Hold {
  isReleased: boolean;
  /** The receive time, if it is known. */
  receivedAt?: number;
}

/** A held item. */
interface Held<Item> {
  readonly item: Item;
  readonly hold: Hold;
}

interface Queued<Item> extends Held<Item> {
  readonly chars: number;
  readonly until: number;
  advanceAfter?: number;
}

interface QueueCallbacks<Item> {
  show: (held: Held<Item>) => void;
  advanceTo: (at: number) => void;
  /** The first item was held for `receiveTimeHoldMs`, and is shown next. */
  timedOut: (held: Held<Item>) => void;
}

/** A first-in, first-out queue that shows each item when its hold is released. */
interface HeldQueue<Item> {
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
const createHeldQueue = <Item>(
  { now, wait, signal }: Omit<Deps, "receiveTimesFrom">,
  on: QueueCallbacks<Item>,
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
