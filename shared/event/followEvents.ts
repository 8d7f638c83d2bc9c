import { listeningMs } from "../limits.ts";
import type { Listeners, LiveEvents, RecentEvents } from "../ports.ts";
import { type Cursor, type Sighting, writeCursor } from "./cursor.ts";
import { type Kept, keepListening } from "./keepListening.ts";
import type { LiveEvent, Watch } from "./liveEvent.ts";
import { openPlace } from "./place.ts";
import { openResume } from "./resume.ts";
import { watchEvents } from "./watchEvents.ts";

interface Needs {
  liveEvents: LiveEvents;
  listeners: Listeners;
  recentEvents: Pick<RecentEvents, "list">;
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  onSetback: (what: "listen" | "look", error: unknown) => void;
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
 * Shows the live events that are watched for; before them, to a client that comes back, what it missed since
 * its cursor. Resolves when events flow.
 */
export const followEvents = async (
  { watch, after }: { watch: Watch; after?: Cursor | undefined },
  needs: Needs,
  on: Shows,
): Promise<Followed> => {
  const { now, wait } = needs;
  const closing = new AbortController();
  const { signal } = closing;
  const place = openPlace(after ?? { at: now(), seen: [] });
  let kept: Kept | undefined;
  let last: string | undefined;
  const cursor = (): string | undefined => {
    const here = place.cursor();
    return kept?.since(here.at) ? writeCursor(here) : undefined;
  };
  const news = (): string | undefined => {
    const here = cursor();
    if (here === last) return undefined;
    last = here;
    return here;
  };
  const show = (event: LiveEvent, sighting: Sighting): void => {
    place.showed(sighting);
    const here = cursor();
    if (here !== undefined) last = here;
    on.event(event, here);
  };
  const resume =
    after && openResume({ watch, after, place }, { ...needs, signal }, { ...on, show });
  const watching = watchEvents(watch, needs, {
    event: resume?.live ?? show,
    reached(at) {
      if (resume) resume.reached(at);
      else place.reached(at);
      const first = last === undefined ? news() : undefined;
      if (first !== undefined) on.cursor(first);
    },
    end: on.end,
  });
  const listening = keepListening(watch.fleet, needs, signal);
  try {
    const heard = await watching;
    if (resume) resume.flows(now());
    else place.reached(now());
    kept = await listening;
    resume?.begin(kept);
    wait(Math.max(0, Math.min(kept.inForceAt - now(), listeningMs)), signal)
      .then(heard.ask)
      .catch(() => {});
    return {
      news() {
        heard.ask();
        return news();
      },
      async close() {
        closing.abort();
        await heard.close();
      },
    };
  } catch (error) {
    closing.abort();
    throw error;
  }
};
