import { asError } from "../../platform/asError.ts";
import { liveSlackMs } from "../limits.ts";
import type { LiveEvent, Watch } from "../liveEvent.ts";
import type { RecentEvents } from "../ports.ts";
import type { Cursor, Sighting } from "../position.ts";
import { catchUp, openSightings } from "./catchUp.ts";
import type { Kept } from "./keepListening.ts";
import { recentEventsMs, streamBacklogBytesMax } from "./limits.ts";

interface Deps {
  recentEvents: Pick<RecentEvents, "list">;
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  onError: (what: "look", error: unknown) => void;
}

interface Shows {
  show: (event: LiveEvent, sighting: Sighting) => void;
  gap: (why: string) => void;
  room: () => Promise<void>;
  end: (error?: Error) => void;
}

/** A stream that goes on where its client was. */
export interface Resume {
  /** A live event came; it is shown soon. */
  came(sighting: Sighting): void;
  /** A live event is to be shown. */
  live(event: LiveEvent, sighting: Sighting): void;
  /** All live events before this time have come. */
  reached(at: number): void;
  /** Events flow from now on. */
  flows(now: number): void;
  /** Begins to show what was missed. */
  begin(kept: Kept): void;
}

/** Puts what was missed before the live events, and holds the place where it is until nothing more comes late. */
export const openResume = (
  { watch, after, reached }: { watch: Watch; after: Cursor; reached: (at: number) => void },
  deps: Deps,
  on: Shows,
): Resume => {
  const { now, signal } = deps;
  const sightings = openSightings(after.seen);
  let waiting: { event: LiveEvent; sighting: Sighting }[] | undefined = [];
  let waitingChars = 0;
  let flowsAt = Number.POSITIVE_INFINITY;
  let heardAt = after.at;
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    reached(heardAt);
  };
  const looked = async (): Promise<void> => {
    for (let next = waiting?.shift(); next !== undefined; next = waiting?.shift()) {
      on.show(next.event, next.sighting);
      await on.room();
    }
    waiting = undefined;
  };
  const run = async (): Promise<void> => {
    const outcome = await catchUp(
      { watch, from: after.at, until: flowsAt },
      { ...deps, sightings, wait: (ms) => deps.wait(ms, signal) },
      {
        event: on.show,
        reached(at) {
          reached(at);
          if (isOpen && at >= flowsAt + liveSlackMs) close();
        },
        room: on.room,
        looked,
      },
    );
    if (outcome === "full") on.gap("more was missed than a stream shows");
    if (outcome === "unread") on.gap("what was missed cannot be read");
    close();
    await looked();
  };
  return {
    came(sighting) {
      if (sighting.at <= flowsAt + 2 * liveSlackMs) sightings.add(sighting);
    },
    live(event, sighting) {
      if (waiting === undefined) return on.show(event, sighting);
      waiting.push({ event, sighting });
      waitingChars += event.text.length;
      if (waitingChars > streamBacklogBytesMax) on.end(new Error("too much came meanwhile"));
    },
    reached(at) {
      heardAt = Math.max(heardAt, at);
      if (!isOpen) reached(at);
    },
    flows(at) {
      flowsAt = at;
    },
    begin(kept) {
      const isKept = kept.since(after.at) && after.at > now() - recentEventsMs;
      if (!isKept) on.gap("what was missed was not all kept");
      run().catch((error: unknown) => {
        if (!signal.aborted) on.end(asError(error));
      });
    },
  };
};
