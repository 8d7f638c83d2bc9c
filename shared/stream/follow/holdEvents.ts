import { eventTime } from "../../platform/topic.ts";
import { stampHoldMs } from "../limits.ts";
import type { LiveEvent } from "../liveEvent.ts";
import type { Sighting } from "../position.ts";
import type { Stamp } from "../receiveTimes.ts";
import { openMatches } from "../receiveTimes.ts";
import { type Held, openHeldQueue, type Ticket } from "./heldQueue.ts";

/** A live event whose time depends on when the cloud received it, as it came; or one that says its time itself. */
export interface Arrival {
  /** With the time of its arrival where it says none. */
  readonly event: LiveEvent;
  /** With the time of its arrival. */
  readonly sighting: Sighting;
  /** What the event says of its time. */
  readonly said: number | undefined;
  readonly needsStamp: boolean;
}

interface Deps {
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  /** Since when stamps can be expected, in milliseconds since 1970. */
  stampedFrom: () => number;
}

interface Shows {
  event: (event: LiveEvent, sighting: Sighting) => void;
  reached: (at: number) => void;
}

/** Live events on their way to a stream. */
export interface Hold {
  event(arrival: Arrival): void;
  /** All that the broker had before this time has come. */
  reached(at: number): void;
  stamps(stamps: readonly Stamp[]): void;
  /** Shows all that is held. */
  flush(): void;
}

/**
 * Holds live events until it is known when the cloud received them, `stampHoldMs` at most, and keeps them in the order they
 * came. What has been reached is passed on after the events before it. An event that waited for nothing is a sign that
 * no stamps are sent: then nothing is held until one comes in time again.
 */
export const holdEvents = ({ now, wait, signal, stampedFrom }: Deps, on: Shows): Hold => {
  const unstamped = openMatches<Ticket>(now);
  const early = openMatches<number>(now);
  let lastInTime = Number.NEGATIVE_INFINITY;
  let isLapsed = false;
  const queue = openHeldQueue<Arrival>(
    { now, wait, signal },
    {
      show({ one: { event, sighting, said }, ticket: { receivedAt } }: Held<Arrival>) {
        if (receivedAt === undefined) return on.event(event, sighting);
        const publishedAt = eventTime(receivedAt, said);
        on.event({ ...event, publishedAt }, { ...sighting, at: receivedAt });
      },
      reached: on.reached,
      timedOut({ one: { sighting } }) {
        isLapsed = lastInTime < sighting.at;
      },
    },
  );
  /** Begins to wait for the stamp of an event unless it is there. */
  const ticketOf = ({ sighting, needsStamp }: Arrival): Ticket => {
    if (!needsStamp) return { isReady: true };
    const receivedAt = early.take(sighting);
    if (receivedAt !== undefined) return { isReady: true, receivedAt };
    const ticket = { isReady: isLapsed || now() < stampedFrom() };
    unstamped.add(sighting, ticket);
    return ticket;
  };
  return {
    event(arrival) {
      queue.add(arrival, { ticket: ticketOf(arrival), chars: arrival.event.text.length });
    },
    reached: queue.reached,
    stamps(stamps) {
      for (const stamp of stamps) {
        const ticket = unstamped.take(stamp);
        if (ticket === undefined) early.add(stamp, stamp.at);
        else Object.assign(ticket, { isReady: true, receivedAt: stamp.at });
      }
      if (stamps.length > 0 && stamps.every(({ at }) => at >= now() - stampHoldMs)) {
        lastInTime = now();
        isLapsed = false;
      }
      queue.release();
    },
    flush: queue.flush,
  };
};
