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
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  onError: (what: "catchUp", error: unknown) => void;
}

interface StreamCallbacks {
  show: (event: LiveEvent, shownEvent: ShownEvent) => void;
  gap: (why: string) => void;
  room: () => Promise<void>;
  end: (error?: Error) => void;
}

/** A stream that goes on where its client was. */
export interface Resume {
  /** A live event came; it is shown soon. */
  arrived(shownEvent: ShownEvent): void;
  /** A live event is to be shown. */
  live(event: LiveEvent, shownEvent: ShownEvent): void;
  /** All live events before this time have come. */
  advanceTo(at: number): void;
  /** Events flow from now on. */
  setLiveFrom(now: number): void;
  /** Begins to show what was missed. */
  begin(retention: Retention): void;
}

/** Puts what was missed before the live events, and holds the place where it is until nothing more comes late. */
export const openResume = (
  {
    filter,
    after,
    advanceTo,
  }: { filter: StreamFilter; after: Cursor; advanceTo: (at: number) => void },
  deps: Deps,
  on: StreamCallbacks,
): Resume => {
  const { now, signal } = deps;
  const shownEvents = createShownEvents(after.seen);
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
      await on.room();
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
        room: on.room,
        firstReadDone,
      },
    );
    if (outcome === "full") on.gap("more was missed than a stream shows");
    if (outcome === "unread") on.gap("what was missed cannot be read");
    close();
    await firstReadDone();
  };
  return {
    arrived(shownEvent) {
      if (shownEvent.at <= liveFrom + 2 * liveDelayMsMax) shownEvents.add(shownEvent);
    },
    live(event, shownEvent) {
      if (waiting === undefined) return on.show(event, shownEvent);
      waiting.push({ event, shownEvent });
      waitingChars += event.text.length;
      if (waitingChars > streamBacklogBytesMax) on.end(new Error("too much came meanwhile"));
    },
    advanceTo(at) {
      liveUpTo = Math.max(liveUpTo, at);
      if (!isOpen) advanceTo(at);
    },
    setLiveFrom(at) {
      liveFrom = at;
    },
    begin(retention) {
      const isKept = retention.since(after.at) && after.at > now() - recentEventsMs;
      if (!isKept) on.gap("what was missed was not all kept");
      run().catch((error: unknown) => {
        if (!signal.aborted) on.end(asError(error));
      });
    },
  };
};
