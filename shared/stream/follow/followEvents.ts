import type { LiveEvent, Watch } from "../liveEvent.ts";
import { openRepeats } from "../liveEvent.ts";
import type { Listeners, RegionEvents } from "../ports.ts";
import { type Cursor, openPlaces, type Part, writeCursor } from "../position.ts";
import { type Kept, keepListening } from "../resume/keepListening.ts";
import { listeningMs } from "../resume/limits.ts";
import { followRegion } from "./followRegion.ts";
import { hearElsewhere } from "./hearElsewhere.ts";

interface Deps {
  /** The events of this region. */
  here: RegionEvents;
  /** Those of the others. The stream waits for none of them. */
  elsewhere: readonly (RegionEvents & { readonly region: string })[];
  listeners: Listeners;
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  onError: (what: "hear" | "listen" | "look", error: unknown) => void;
}

interface Shows {
  /** An event, and from where a client that has seen it may resume; without, it may not yet. */
  event: (event: LiveEvent, cursor: string | undefined) => void;
  /** There is a place to resume from now, also if no event comes. */
  cursor: (cursor: string) => void;
  /** A resumed stream may lack events: why. */
  gap: (why: string) => void;
  /** Resolves when there is room for more. */
  room: () => Promise<void>;
  end: (error?: Error) => void;
}

/** An open stream of events. */
export interface Followed {
  /** From where a client may resume that has seen all that was shown, if it is another place than the last one. */
  news(): string | undefined;
  close(): Promise<void>;
}

/**
 * Shows the live events of all regions that are watched for; before them, to a client that comes back, what it missed
 * since its cursor. Resolves when those of this region flow, and lasts as long as they do.
 */
export const followEvents = async (
  { watch, after }: { watch: Watch; after?: Cursor | undefined },
  deps: Deps,
  on: Shows,
): Promise<Followed> => {
  const { here, elsewhere, now, wait, onError } = deps;
  const closing = new AbortController();
  const { signal } = closing;
  const places = openPlaces(after ?? { at: now(), seen: [] });
  const isRepeat = openRepeats();
  let known: Kept | undefined;
  let last: string | undefined;
  const cursor = (): string | undefined => {
    const at = places.cursor();
    return known?.since(at.at) ? writeCursor(at) : undefined;
  };
  const news = (): string | undefined => {
    const at = cursor();
    if (at === last) return undefined;
    last = at;
    return at;
  };
  const event = (shown: LiveEvent): void => {
    if (isRepeat(shown)) return;
    const at = cursor();
    if (at !== undefined) last = at;
    on.event(shown, at);
  };
  const part = (): Part => {
    const one = places.part();
    return {
      ...one,
      reached(at) {
        one.reached(at);
        const first = last === undefined ? news() : undefined;
        if (first !== undefined) on.cursor(first);
      },
    };
  };
  const kept = keepListening(watch.fleet, deps, signal).then((is) => {
    known = is;
    return is;
  });
  const following = { kept, now, wait, signal, onError };
  const shows = { event, gap: on.gap, room: on.room };
  const mine = { watch, after, place: part() };
  const others = elsewhere.map((region) =>
    hearElsewhere({ watch, after, place: part() }, { ...following, ...region }, shows),
  );
  try {
    const own = await followRegion(mine, { ...following, ...here }, { ...shows, end: on.end });
    const { inForceAt } = await kept;
    const all = [own, ...others];
    const ask = (): void => all.forEach((one) => void one.ask());
    wait(Math.max(0, Math.min(inForceAt - now(), listeningMs)), signal)
      .then(ask)
      .catch(() => {});
    return {
      news() {
        ask();
        return news();
      },
      async close() {
        closing.abort();
        await Promise.all(all.map((one) => one.close()));
      },
    };
  } catch (error) {
    closing.abort();
    throw error;
  }
};
