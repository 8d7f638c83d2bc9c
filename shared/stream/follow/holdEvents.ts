import { eventTime } from "../../platform/topic.ts";
import { receiveTimeHoldMs } from "../limits.ts";
import type { LiveEvent } from "../liveEvent.ts";
import type { ShownEvent } from "../position.ts";
import type { ReceiveTime } from "../receiveTimes.ts";
import { createHashMatcher } from "../receiveTimes.ts";
import { type Held, type Hold, openHeldQueue } from "./heldQueue.ts";

/** A live event whose time depends on when the cloud received it, as it came; or one that says its time itself. */
export interface ArrivedEvent {
  /** With the time of its arrival where it says none. */
  readonly event: LiveEvent;
  /** With the time of its arrival. */
  readonly shownEvent: ShownEvent;
  /** What the event says of its time. */
  readonly deviceTime: number | undefined;
  readonly needsReceiveTime: boolean;
}

interface Deps {
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  /** Since when stamps can be expected, in milliseconds since 1970. */
  receiveTimesFrom: () => number;
}

interface StreamCallbacks {
  event: (event: LiveEvent, shownEvent: ShownEvent) => void;
  advanceTo: (at: number) => void;
}

/** Live events on their way to a stream. */
export interface EventHolder {
  event(arrival: ArrivedEvent): void;
  /** All that the broker had before this time has come. */
  advanceTo(at: number): void;
  stamps(stamps: readonly ReceiveTime[]): void;
  /** Shows all that is held. */
  flush(): void;
}

/**
 * Holds live events until it is known when the cloud received them, `receiveTimeHoldMs` at most, and keeps them in the order they
 * came. What has been reached is passed on after the events before it. An event that waited for nothing is a sign that
 * no stamps are sent: then nothing is held until one comes in time again.
 */
export const holdEvents = (
  { now, wait, signal, receiveTimesFrom }: Deps,
  on: StreamCallbacks,
): EventHolder => {
  const unstamped = createHashMatcher<Hold>(now);
  const early = createHashMatcher<number>(now);
  let lastInTime = Number.NEGATIVE_INFINITY;
  let isLapsed = false;
  const queue = openHeldQueue<ArrivedEvent>(
    { now, wait, signal },
    {
      show({ one: { event, shownEvent, deviceTime }, hold: { receivedAt } }: Held<ArrivedEvent>) {
        if (receivedAt === undefined) return on.event(event, shownEvent);
        const publishedAt = eventTime(receivedAt, deviceTime);
        on.event({ ...event, publishedAt }, { ...shownEvent, at: receivedAt });
      },
      advanceTo: on.advanceTo,
      timedOut({ one: { shownEvent } }) {
        isLapsed = lastInTime < shownEvent.at;
      },
    },
  );
  /** Begins to wait for the stamp of an event unless it is there. */
  const holdFor = ({ shownEvent, needsReceiveTime }: ArrivedEvent): Hold => {
    if (!needsReceiveTime) return { isReleased: true };
    const receivedAt = early.take(shownEvent);
    if (receivedAt !== undefined) return { isReleased: true, receivedAt };
    const hold = { isReleased: isLapsed || now() < receiveTimesFrom() };
    unstamped.add(shownEvent, hold);
    return hold;
  };
  return {
    event(arrival) {
      queue.add(arrival, { hold: holdFor(arrival), chars: arrival.event.text.length });
    },
    advanceTo: queue.advanceTo,
    stamps(stamps) {
      for (const receiveTime of stamps) {
        const hold = unstamped.take(receiveTime);
        if (hold === undefined) early.add(receiveTime, receiveTime.at);
        else Object.assign(hold, { isReleased: true, receivedAt: receiveTime.at });
      }
      if (stamps.length > 0 && stamps.every(({ at }) => at >= now() - receiveTimeHoldMs)) {
        lastInTime = now();
        isLapsed = false;
      }
      queue.release();
    },
    flush: queue.flush,
  };
};
