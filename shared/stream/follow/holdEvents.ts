import { eventTime } from "../../platform/topic.ts";
import { receiveTimeHoldMs } from "../limits.ts";
import type { LiveEvent } from "../liveEvent.ts";
import type { ShownEvent } from "../position.ts";
import type { ReceiveTime } from "../receiveTimes.ts";
import { createHashMatcher } from "../receiveTimes.ts";
import { createHeldQueue, type Held, type Hold } from "./heldQueue.ts";

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
  event: (event: LiveEvent, shownEvent: ShownEvent) => void;
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
        if (receivedAt === undefined) return on.event(event, shownEvent);
        const publishedAt = eventTime(receivedAt, deviceTime);
        on.event({ ...event, publishedAt }, { ...shownEvent, at: receivedAt });
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
