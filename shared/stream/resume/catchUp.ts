import type { ReceivedEvent } from "../../event/deviceEvent.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { liveSlackMs } from "../limits.ts";
import { type LiveEvent, readLive, type Watch } from "../liveEvent.ts";
import type { RecentEvents } from "../ports.ts";
import { eventHash, type Sighting } from "../position.ts";
import { keepLagMs, resumeBytesMax, resumeEventsMax, resumeLookWaitsMs } from "./limits.ts";

/** What a client missed: from where it was until events flowed again. */
export interface Gap {
  readonly watch: Watch;
  readonly from: number;
  readonly until: number;
}

interface Deps {
  recentEvents: Pick<RecentEvents, "list">;
  /** What the client has seen, before and since: what is kept of it is not shown again. */
  sightings: Sightings;
  now: () => number;
  wait: (ms: number) => Promise<unknown>;
  onError: (what: "look", error: unknown) => void;
}

interface Shows {
  event: (event: LiveEvent, sighting: Sighting) => void;
  /** All that the cloud had before this time has been shown. */
  reached: (at: number) => void;
  /** Resolves when there is room for more. */
  room: () => Promise<void>;
  /** The first look is over, whether it worked or not. */
  looked: () => Promise<void>;
}

/** What became of a resume: all was shown, there was too much, or it could not be read. */
export type CaughtUp = "whole" | "full" | "unread";

/**
 * Shows what a client missed, oldest first, and looks again for what comes late, because events are kept a
 * little after they are seen live. A kept event is judged `liveSlackMs` after its receipt: by then it has
 * been seen live if it ever will be. `reached` goes to the end of the gap, and no further.
 */
export const catchUp = async (gap: Gap, deps: Deps, on: Shows): Promise<CaughtUp> => {
  const { wait, onError } = deps;
  const look = looking(gap, deps, on);
  let outcome: CaughtUp = "unread";
  for (const waitMs of [0, ...resumeLookWaitsMs]) {
    if (waitMs > 0) await wait(waitMs);
    try {
      const looked = await look();
      if (outcome === "unread" || looked === "full") outcome = looked;
    } catch (error) {
      onError("look", error);
    }
    if (waitMs === 0) await on.looked();
    if (outcome === "full") break;
  }
  return outcome;
};

/** Makes looks, each of which begins where the one before has left nothing. */
const looking = ({ watch, from: first, until: flowing }: Gap, deps: Deps, on: Shows) => {
  const { recentEvents, now } = deps;
  const until = flowing + liveSlackMs;
  const judge = judging(watch, deps);
  let from = first;
  return async (): Promise<CaughtUp> => {
    const began = now();
    let after: string | undefined;
    do {
      const page = { from: from - liveSlackMs, until, ...omitUndefined({ after }) };
      const { events, next } = await recentEvents.list(watch.fleet, page);
      for (const event of events) {
        const missed = judge(event);
        if (missed === "full") return missed;
        if (missed === undefined) continue;
        // What the cloud had longer ago than this was kept before the look began.
        on.reached(Math.max(from, Math.min(event.receivedAt, began - keepLagMs)));
        on.event(missed.event, missed.sighting);
        await on.room();
      }
      after = next;
    } while (after !== undefined);
    from = Math.max(from, began - keepLagMs);
    on.reached(Math.min(from, until));
    return from >= until ? "whole" : "unread";
  };
};

type Missed = { readonly event: LiveEvent; readonly sighting: Sighting };

/** Tells what a client has missed of what was kept, each event once. */
const judging = (watch: Watch, { sightings, now }: Deps) => {
  const judged = new Set<string>();
  let events = 0;
  let bytes = 0;
  return (kept: ReceivedEvent): Missed | "full" | undefined => {
    const { id, receivedAt, topic, data } = kept;
    if (judged.has(id) || now() < receivedAt + liveSlackMs) return undefined;
    const event = readLive(watch, kept);
    const sighting = { hash: eventHash(topic, data), at: receivedAt };
    if (event === undefined || sightings.take(sighting)) {
      judged.add(id);
      return undefined;
    }
    if (events >= resumeEventsMax || bytes >= resumeBytesMax) return "full";
    judged.add(id);
    events += 1;
    bytes += event.text.length;
    return { event, sighting };
  };
};

/** Events that were shown and are not yet known to be kept ones. */
export interface Sightings {
  add(sighting: Sighting): void;
  /** Whether a kept event is one of them: each stands for one event, the nearest in time. */
  take(kept: Sighting): boolean;
}

/** A kept event has the broker's time and a sighting the stream's: at most `liveSlackMs` apart. */
export const openSightings = (given: readonly Sighting[]): Sightings => {
  const times = new Map<string, number[]>();
  const add = ({ hash, at }: Sighting): void => {
    times.set(hash, [...(times.get(hash) ?? []), at]);
  };
  for (const one of given) add(one);
  return {
    add,
    take({ hash, at }) {
      const all = times.get(hash) ?? [];
      const [nearest] = all.toSorted((a, b) => Math.abs(a - at) - Math.abs(b - at));
      if (nearest === undefined || Math.abs(nearest - at) > liveSlackMs) return false;
      all.splice(all.indexOf(nearest), 1);
      return true;
    },
  };
};
