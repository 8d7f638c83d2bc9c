import { asError } from "../../platform/asError.ts";
import { liveDelayMsMax } from "../limits.ts";
import type { LiveEvent, StreamFilter } from "../liveEvent.ts";
import type { RecentEvents } from "../ports.ts";
import type { Cursor, ShownEvent } from "../position.ts";
import { catchUp, createShownEvents } from "./catchUp.ts";
import { recentEventsMs, streamBacklogBytesMax } from "./limits.ts";
import type { Retention } from "./renewListening.ts";

interface Deps {
  recentEvents: Pick<RecentEvents, "list">;
  now: () => number;
  /** Rejects when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  onError: (what: "catchUp", error: unknown) => void;
}

interface StreamCallbacks {
  show: (event: LiveEvent, shownEvent: ShownEvent) => void;
  gap: (why: string) => void;
  drained: () => Promise<void>;
  end: (error?: Error) => void;
}

/** A resumed stream: merges missed events with live events. */
export interface Resume {
  /** A live event has arrived; `showLive` follows. */
  arrived(shownEvent: ShownEvent): void;
  /**
   * Shows a live event, after the missed ones. `shownEvent` has the receive time if it is known;
   * `arrival` is that of `arrived`.
   */
  showLive(event: LiveEvent, shownEvent: ShownEvent, arrival: ShownEvent): void;
  /** Every live event before this time has arrived. */
  advanceTo(at: number): void;
  /** Live events arrive from this time on. */
  setLiveFrom(now: number): void;
  /** Starts to show missed events. */
  start(retention: Retention): void;
}

/**
 * Shows missed events before live events. The position advances past the gap when no more late
 * events can appear.
 */
export const createResume = (
  {
    filter,
    after,
    advanceTo,
  }: { filter: StreamFilter; after: Cursor; advanceTo: (at: number) => void },
  deps: Deps,
  on: StreamCallbacks,
): Resume => {
  const { now, signal } = deps;
  const shownEvents = createShownEvents(after);
  let waiting: { event: LiveEvent; shownEvent: ShownEvent }[] | undefined = [];
  let waitingChars = 0;
  let liveFrom = Number.POSITIVE_INFINITY;
  let liveUpTo = after.at;
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    advanceTo(liveUpTo);
  };
  const firstReadDone = async (): Promise<void> => {
    for (let next = waiting?.shift(); next !== undefined; next = waiting?.shift()) {
      on.show(next.event, next.shownEvent);
      await on.drained();
    }
    waiting = undefined;
  };
  const run = async (): Promise<void> => {
    const outcome = await catchUp(
      { filter, from: after.at, until: liveFrom },
      { ...deps, shownEvents, wait: (ms) => deps.wait(ms, signal) },
      {
        event: on.show,
        advanceTo(at) {
          advanceTo(at);
          if (isOpen && at >= liveFrom + liveDelayMsMax) close();
        },
        drained: on.drained,
        firstReadDone,
      },
    );
    if (outcome === "truncated") on.gap("too many missed events, only the oldest are shown");
    if (outcome === "incomplete") on.gap("missed events cannot be read");
    close();
    await firstReadDone();
  };
  return {
    arrived(shownEvent) {
      if (shownEvent.at <= liveFrom + 2 * liveDelayMsMax) shownEvents.addArrival(shownEvent);
    },
    showLive(event, shownEvent, arrival) {
      shownEvents.settle(arrival, shownEvent);
      if (waiting === undefined) return on.show(event, shownEvent);
      waiting.push({ event, shownEvent });
      waitingChars += event.text.length;
      if (waitingChars > streamBacklogBytesMax) on.end(new Error("live events exceed the backlog"));
    },
    advanceTo(at) {
      liveUpTo = Math.max(liveUpTo, at);
      if (!isOpen) advanceTo(at);
    },
    setLiveFrom(at) {
      liveFrom = at;
    },
    start(retention) {
      const isCovered = retention.covers(after.at) && after.at > now() - recentEventsMs;
      if (!isCovered) on.gap("some missed events were not stored");
      run().catch((error: unknown) => {
        if (!signal.aborted) on.end(asError(error));
      });
    },
  };
};
