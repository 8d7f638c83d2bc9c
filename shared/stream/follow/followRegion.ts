import type { LiveEvent, StreamFilter } from "../liveEvent.ts";
import type { RegionEvents, Subscription } from "../ports.ts";
import type { Cursor, RegionPosition, ShownEvent } from "../position.ts";
import type { Retention } from "../resume/renewListening.ts";
import { createResume } from "../resume/resume.ts";
import { subscribeToEvents } from "./subscribeToEvents.ts";

interface Deps extends RegionEvents {
  retention: Promise<Retention>;
  now: () => number;
  /** Rejects when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  onError: (what: "catchUp", error: unknown) => void;
}

interface StreamCallbacks {
  event: (event: LiveEvent, shownEvent: ShownEvent) => void;
  gap: (why: string) => void;
  drained: () => Promise<void>;
  end: (error?: Error) => void;
}

/**
 * Shows the live events of one region. If `after` is given, the region's stored events since then
 * come first. Resolves when live events arrive; calls `end` when they stop.
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
  // After the end, reads in progress must not show events: another connection may continue from
  // this position.
  const ifOpen =
    <Arguments extends unknown[]>(callback: (...given: Arguments) => void) =>
    (...given: Arguments): void => {
      if (!signal.aborted) callback(...given);
    };
  const show = ifOpen((event: LiveEvent, shownEvent: ShownEvent) => {
    position.recordShown(shownEvent);
    on.event(event, shownEvent);
  });
  const advanceTo = ifOpen(position.advanceTo);
  const end = ifOpen(on.end);
  const resume =
    after &&
    createResume(
      { filter, after, advanceTo },
      { ...deps, signal },
      { show, gap: ifOpen(on.gap), drained: on.drained, end },
    );
  let known: Retention | undefined;
  retention.then(
    (found) => {
      known = found;
    },
    () => {},
  );
  // `route` publishes receive times for the fleets whose events it stores.
  const receiveTimesFrom = () => known?.effectiveAt ?? Number.POSITIVE_INFINITY;
  const subscription = await subscribeToEvents(
    filter,
    { liveEvents, now, wait: deps.wait, signal, receiveTimesFrom },
    {
      arrived: resume?.arrived ?? (() => {}),
      event: resume?.showLive ?? show,
      advanceTo: resume?.advanceTo ?? advanceTo,
      end,
    },
  );
  if (resume) resume.setLiveFrom(now());
  else advanceTo(now());
  resume?.start(await retention);
  return {
    ping: subscription.ping,
    async close() {
      closing.abort();
      await subscription.close();
    },
  };
};
