import type { LiveEvent, Watch } from "../liveEvent.ts";
import type { RegionEvents, Subscription } from "../ports.ts";
import type { Cursor, Part, Sighting } from "../position.ts";
import type { Kept } from "../resume/keepListening.ts";
import { openResume } from "../resume/resume.ts";
import { watchEvents } from "./watchEvents.ts";

interface Deps extends RegionEvents {
  kept: Promise<Kept>;
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  onError: (what: "look", error: unknown) => void;
}

interface Shows {
  event: (event: LiveEvent, sighting: Sighting) => void;
  gap: (why: string) => void;
  room: () => Promise<void>;
  end: (error?: Error) => void;
}

/**
 * Shows the live events of one region; before them what was kept there since a place, if one is given. Resolves when
 * events flow; `end` is called when they stop.
 */
export const followRegion = async (
  { watch, after, place }: { watch: Watch; after?: Cursor | undefined; place: Part },
  deps: Deps,
  on: Shows,
): Promise<Subscription> => {
  const { liveEvents, kept, now } = deps;
  const closing = new AbortController();
  const signal = AbortSignal.any([deps.signal, closing.signal]);
  // What is still being read when it is over belongs to whoever goes on from here.
  const ifOpen =
    <Said extends unknown[]>(say: (...said: Said) => void) =>
    (...said: Said): void => {
      if (!signal.aborted) say(...said);
    };
  const show = ifOpen((event: LiveEvent, sighting: Sighting) => {
    place.showed(sighting);
    on.event(event, sighting);
  });
  const reached = ifOpen(place.reached);
  const end = ifOpen(on.end);
  const resume =
    after &&
    openResume(
      { watch, after, reached },
      { ...deps, signal },
      { show, gap: ifOpen(on.gap), room: on.room, end },
    );
  let known: Kept | undefined;
  kept.then(
    (is) => {
      known = is;
    },
    () => {},
  );
  // Whoever keeps events of the fleet also tells when they were received.
  const stampedFrom = () => known?.inForceAt ?? Number.POSITIVE_INFINITY;
  const heard = await watchEvents(
    watch,
    { liveEvents, now, wait: deps.wait, signal, stampedFrom },
    {
      came: resume?.came ?? (() => {}),
      event: resume?.live ?? show,
      reached: resume?.reached ?? reached,
      end,
    },
  );
  if (resume) resume.flows(now());
  else reached(now());
  resume?.begin(await kept);
  return {
    ask: heard.ask,
    async close() {
      closing.abort();
      await heard.close();
    },
  };
};
