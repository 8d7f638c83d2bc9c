import type { ReceivedEvent } from "../../event/deviceEvent.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { cursorWindowMs, liveDelayMsMax } from "../limits.ts";
import { type LiveEvent, readLiveEvent, type StreamFilter } from "../liveEvent.ts";
import type { RecentEvents } from "../ports.ts";
import { type Cursor, eventHash, type ShownEvent } from "../position.ts";
import { catchUpWaitsMs, recentEventsDelayMs, resumeBytesMax, resumeEventsMax } from "./limits.ts";

/** The events that a client missed: from its cursor until live events arrived again. */
export interface Gap {
  readonly filter: StreamFilter;
  readonly from: number;
  readonly until: number;
}

interface Deps {
  recentEvents: Pick<RecentEvents, "list">;
  /** Events that the client has seen, before and after the gap. They are not shown again. */
  shownEvents: ShownEvents;
  now: () => number;
  wait: (ms: number) => Promise<unknown>;
  onError: (what: "catchUp", error: unknown) => void;
}

interface StreamCallbacks {
  event: (event: LiveEvent, shownEvent: ShownEvent) => void;
  /** Every event that the cloud received before this time has been shown. */
  advanceTo: (at: number) => void;
  /** Resolves when more can be written (backpressure). */
  drained: () => Promise<void>;
  /** The first read has ended, with or without an error. */
  firstReadDone: () => Promise<void>;
}

/**
 * `complete`: all events were shown. `truncated`: there were too many. `incomplete`: they could not
 * all be read.
 */
export type CatchUpResult = "complete" | "truncated" | "incomplete";

/**
 * Shows the events that a client missed, oldest first. Events are stored shortly after they are
 * published live, so the table is read again for late ones (`catchUpWaitsMs`). A stored event is
 * considered `liveDelayMsMax` after its receipt: if it is ever shown live, it has been by then.
 * `advanceTo` does not pass the end of the gap.
 */
export const catchUp = async (
  gap: Gap,
  deps: Deps,
  on: StreamCallbacks,
): Promise<CatchUpResult> => {
  const { wait, onError } = deps;
  const read = createReader(gap, deps, on);
  let outcome: CatchUpResult = "incomplete";
  for (const waitMs of [0, ...catchUpWaitsMs]) {
    if (waitMs > 0) await wait(waitMs);
    try {
      const firstReadDone = await read();
      if (outcome === "incomplete" || firstReadDone === "truncated") outcome = firstReadDone;
    } catch (error) {
      onError("catchUp", error);
    }
    if (waitMs === 0) await on.firstReadDone();
    if (outcome === "truncated") break;
  }
  return outcome;
};

/**
 * Returns a function that reads the rest of the gap. Each call begins after the part that is known
 * to be complete.
 */
const createReader = (
  { filter, from: first, until: liveFrom }: Gap,
  deps: Deps,
  on: StreamCallbacks,
) => {
  const { recentEvents, now } = deps;
  const until = liveFrom + liveDelayMsMax;
  const missedOf = createMissedFilter(filter, deps);
  let from = first;
  return async (): Promise<CatchUpResult> => {
    const began = now();
    let after: string | undefined;
    do {
      const page = { from: from - liveDelayMsMax, until, ...omitUndefined({ after }) };
      const { events, next } = await recentEvents.list(filter.fleet, page);
      for (const event of events) {
        const missed = missedOf(event);
        if (missed === "truncated") return missed;
        if (missed === undefined) continue;
        // Events received earlier than this were stored before the read began.
        on.advanceTo(Math.max(from, Math.min(event.receivedAt, began - recentEventsDelayMs)));
        on.event(missed.event, missed.shownEvent);
        await on.drained();
      }
      after = next;
    } while (after !== undefined);
    from = Math.max(from, began - recentEventsDelayMs);
    on.advanceTo(Math.min(from, until));
    return from >= until ? "complete" : "incomplete";
  };
};

type Missed = { readonly event: LiveEvent; readonly shownEvent: ShownEvent };

/** Returns a function that selects the stored events that the client has missed, each once. */
const createMissedFilter = (filter: StreamFilter, { shownEvents, now }: Deps) => {
  const checked = new Set<string>();
  let events = 0;
  let bytes = 0;
  return (stored: ReceivedEvent): Missed | "truncated" | undefined => {
    const { id, receivedAt, topic, data } = stored;
    if (checked.has(id) || now() < receivedAt + liveDelayMsMax) return undefined;
    const event = readLiveEvent(filter, stored);
    const shownEvent = { hash: eventHash(topic, data), at: receivedAt };
    const match = event && shownEvents.removeMatch(shownEvent);
    if (match === "undecided") return undefined;
    if (event === undefined || match === "shown") {
      checked.add(id);
      return undefined;
    }
    if (events >= resumeEventsMax || bytes >= resumeBytesMax) return "truncated";
    checked.add(id);
    events += 1;
    bytes += event.text.length;
    return { event, shownEvent };
  };
};

/** Shown events that have not been matched with stored ones yet. */
export interface ShownEvents {
  /** A live event has arrived, and is held until its receive time is known. */
  addArrival(arrival: ShownEvent): void;
  /** The arrived event is shown: with its receive time, or as it arrived. */
  settle(arrival: ShownEvent, shown: ShownEvent): void;
  /**
   * Whether a stored event was shown. Removes its match: the shown event with the same hash and
   * time, or the nearest one whose receive time is unknown. `undecided` if that one is held.
   */
  removeMatch(stored: ShownEvent): "shown" | "missed" | "undecided";
}

interface Candidate {
  readonly arrival: ShownEvent;
  at: number;
  /** Maximum difference to the time of its stored event. */
  reachMs: number;
  isHeld: boolean;
}

/** Difference between the clocks of the broker and of a stream. */
const clockErrorMsMax = cursorWindowMs - liveDelayMsMax;

/**
 * The shown events of a resumed stream; at first those of its cursor.
 *
 * A stored event has the broker's time, as a shown one whose receive time is known. Other shown
 * events have the stream's time, which is at most `liveDelayMsMax` away. An event must not match a
 * missed one with the same name and data. Therefore one before the part that is read, whose stored
 * event is not read, matches only within the error of a clock.
 */
export const createShownEvents = ({ at: from, seen }: Cursor): ShownEvents => {
  const candidates = new Map<string, Candidate[]>();
  const add = (arrival: ShownEvent, { isHeld }: { isHeld: boolean }): void => {
    const { hash, at } = arrival;
    const reachMs = at < from - liveDelayMsMax ? clockErrorMsMax : liveDelayMsMax;
    const added = { arrival, at, reachMs, isHeld };
    candidates.set(hash, [...(candidates.get(hash) ?? []), added]);
  };
  for (const one of seen) add(one, { isHeld: false });
  return {
    addArrival: (arrival) => add(arrival, { isHeld: true }),
    settle(arrival, shown) {
      const found = candidates.get(arrival.hash)?.find((one) => one.arrival === arrival);
      if (found === undefined) return;
      found.isHeld = false;
      found.at = shown.at;
      if (shown !== arrival) found.reachMs = 0;
    },
    removeMatch({ hash, at }) {
      const all = candidates.get(hash) ?? [];
      const distance = (one: Candidate): number => Math.abs(one.at - at);
      const [nearest] = all
        .filter((one) => distance(one) <= one.reachMs)
        .toSorted((a, b) => distance(a) - distance(b));
      if (nearest === undefined) return "missed";
      if (nearest.isHeld) return "undecided";
      all.splice(all.indexOf(nearest), 1);
      return "shown";
    },
  };
};
