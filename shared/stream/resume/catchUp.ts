import type { ReceivedEvent } from "../../event/deviceEvent.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { liveDelayMsMax } from "../limits.ts";
import { type LiveEvent, readLiveEvent, type StreamFilter } from "../liveEvent.ts";
import type { RecentEvents } from "../ports.ts";
import { eventHash, type ShownEvent } from "../position.ts";
import { catchUpWaitsMs, recentEventsDelayMs, resumeBytesMax, resumeEventsMax } from "./limits.ts";

/** What a client missed: from where it was until events flowed again. */
export interface Gap {
  readonly filter: StreamFilter;
  readonly from: number;
  readonly until: number;
}

interface Deps {
  recentEvents: Pick<RecentEvents, "list">;
  /** What the client has seen, before and since: what is kept of it is not shown again. */
  shownEvents: ShownEvents;
  now: () => number;
  wait: (ms: number) => Promise<unknown>;
  onError: (what: "catchUp", error: unknown) => void;
}

interface StreamCallbacks {
  event: (event: LiveEvent, shownEvent: ShownEvent) => void;
  /** All that the cloud had before this time has been shown. */
  advanceTo: (at: number) => void;
  /** Resolves when there is room for more. */
  room: () => Promise<void>;
  /** The first look is over, whether it worked or not. */
  firstReadDone: () => Promise<void>;
}

/** What became of a resume: all was shown, there was too much, or it could not be read. */
export type CatchUpResult = "whole" | "full" | "unread";

/**
 * Shows what a client missed, oldest first, and looks again for what comes late, because events are kept a
 * little after they are seen live. A kept event is judged `liveDelayMsMax` after its receipt: by then it has
 * been seen live if it ever will be. `advanceTo` goes to the end of the gap, and no further.
 */
export const catchUp = async (
  gap: Gap,
  deps: Deps,
  on: StreamCallbacks,
): Promise<CatchUpResult> => {
  const { wait, onError } = deps;
  const look = looking(gap, deps, on);
  let outcome: CatchUpResult = "unread";
  for (const waitMs of [0, ...catchUpWaitsMs]) {
    if (waitMs > 0) await wait(waitMs);
    try {
      const firstReadDone = await look();
      if (outcome === "unread" || firstReadDone === "full") outcome = firstReadDone;
    } catch (error) {
      onError("catchUp", error);
    }
    if (waitMs === 0) await on.firstReadDone();
    if (outcome === "full") break;
  }
  return outcome;
};

/** Makes looks, each of which begins where the one before has left nothing. */
const looking = ({ filter, from: first, until: flowing }: Gap, deps: Deps, on: StreamCallbacks) => {
  const { recentEvents, now } = deps;
  const until = flowing + liveDelayMsMax;
  const judge = judging(filter, deps);
  let from = first;
  return async (): Promise<CatchUpResult> => {
    const began = now();
    let after: string | undefined;
    do {
      const page = { from: from - liveDelayMsMax, until, ...omitUndefined({ after }) };
      const { events, next } = await recentEvents.list(filter.fleet, page);
      for (const event of events) {
        const missed = judge(event);
        if (missed === "full") return missed;
        if (missed === undefined) continue;
        // What the cloud had longer ago than this was kept before the look began.
        on.advanceTo(Math.max(from, Math.min(event.receivedAt, began - recentEventsDelayMs)));
        on.event(missed.event, missed.shownEvent);
        await on.room();
      }
      after = next;
    } while (after !== undefined);
    from = Math.max(from, began - recentEventsDelayMs);
    on.advanceTo(Math.min(from, until));
    return from >= until ? "whole" : "unread";
  };
};

type Missed = { readonly event: LiveEvent; readonly shownEvent: ShownEvent };

/** Tells what a client has missed of what was kept, each event once. */
const judging = (filter: StreamFilter, { shownEvents, now }: Deps) => {
  const judged = new Set<string>();
  let events = 0;
  let bytes = 0;
  return (kept: ReceivedEvent): Missed | "full" | undefined => {
    const { id, receivedAt, topic, data } = kept;
    if (judged.has(id) || now() < receivedAt + liveDelayMsMax) return undefined;
    const event = readLiveEvent(filter, kept);
    const shownEvent = { hash: eventHash(topic, data), at: receivedAt };
    if (event === undefined || shownEvents.take(shownEvent)) {
      judged.add(id);
      return undefined;
    }
    if (events >= resumeEventsMax || bytes >= resumeBytesMax) return "full";
    judged.add(id);
    events += 1;
    bytes += event.text.length;
    return { event, shownEvent };
  };
};

/** Events that were shown and are not yet known to be kept ones. */
export interface ShownEvents {
  add(shownEvent: ShownEvent): void;
  /** Whether a kept event is one of them: each stands for one event, the nearest in time. */
  take(kept: ShownEvent): boolean;
}

/** A kept event has the broker's time and a sighting the stream's: at most `liveDelayMsMax` apart. */
export const createShownEvents = (given: readonly ShownEvent[]): ShownEvents => {
  const times = new Map<string, number[]>();
  const add = ({ hash, at }: ShownEvent): void => {
    times.set(hash, [...(times.get(hash) ?? []), at]);
  };
  for (const one of given) add(one);
  return {
    add,
    take({ hash, at }) {
      const all = times.get(hash) ?? [];
      const [nearest] = all.toSorted((a, b) => Math.abs(a - at) - Math.abs(b - at));
      if (nearest === undefined || Math.abs(nearest - at) > liveDelayMsMax) return false;
      all.splice(all.indexOf(nearest), 1);
      return true;
    },
  };
};
