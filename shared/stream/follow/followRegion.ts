import type { LiveEvent, StreamFilter } from "../liveEvent.ts";
import type { RegionEvents, Subscription } from "../ports.ts";
import type { Cursor, RegionPosition, ShownEvent } from "../position.ts";
import type { Retention } from "../resume/renewListening.ts";
import { openResume } from "../resume/resume.ts";
import { subscribeToEvents } from "./subscribeToEvents.ts";

interface Deps extends RegionEvents {
  retention: Promise<Retention>;
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  onError: (what: "catchUp", error: unknown) => void;
}

interface StreamCallbacks {
  event: (event: LiveEvent, shownEvent: ShownEvent) => void;
  gap: (why: string) => void;
  room: () => Promise<void>;
  end: (error?: Error) => void;
}

/**
 * Shows the live events of one region; before them what was kept there since a place, if one is given. Resolves when
 * events flow; `end` is called when they stop.
 */
export const followRegion = async (
  {
    filter,
    after,
    position,
  }: { filter: StreamFilter; after?: Cursor | undefined; position: RegionPosition },
  deps: Deps,
  on: StreamCallbacks,
): Promise<Subscription> => {
  const { liveEvents, retention, now } = deps;
  const closing = new AbortController();
  const signal = AbortSignal.any([deps.signal, closing.signal]);
  // What is still being read when it is over belongs to whoever goes on from here.
  const ifOpen =
    <Said extends unknown[]>(say: (...deviceTime: Said) => void) =>
    (...deviceTime: Said): void => {
      if (!signal.aborted) say(...deviceTime);
    };
  const show = ifOpen((event: LiveEvent, shownEvent: ShownEvent) => {
    position.recordShown(shownEvent);
    on.event(event, shownEvent);
  });
  const advanceTo = ifOpen(position.advanceTo);
  const end = ifOpen(on.end);
  const resume =
    after &&
    openResume(
      { filter, after, advanceTo },
      { ...deps, signal },
      { show, gap: ifOpen(on.gap), room: on.room, end },
    );
  let known: Retention | undefined;
  retention.then(
    (is) => {
      known = is;
    },
    () => {},
  );
  // Whoever keeps events of the fleet also tells when they were received.
  const receiveTimesFrom = () => known?.effectiveAt ?? Number.POSITIVE_INFINITY;
  const subscription = await subscribeToEvents(
    filter,
    { liveEvents, now, wait: deps.wait, signal, receiveTimesFrom },
    {
      arrived: resume?.arrived ?? (() => {}),
      event: resume?.live ?? show,
      advanceTo: resume?.advanceTo ?? advanceTo,
      end,
    },
  );
  if (resume) resume.setLiveFrom(now());
  else advanceTo(now());
  resume?.begin(await retention);
  return {
    ping: subscription.ping,
    async close() {
      closing.abort();
      await subscription.close();
    },
  };
};
