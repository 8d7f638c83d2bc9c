import type { LiveEvent, StreamFilter } from "../liveEvent.ts";
import { createDuplicateDetector } from "../liveEvent.ts";
import type { Listeners, RegionEvents } from "../ports.ts";
import {
  type Cursor,
  createMultiRegionPosition,
  type RegionPosition,
  writeCursor,
} from "../position.ts";
import { listeningMs } from "../resume/limits.ts";
import { type Retention, renewListening } from "../resume/renewListening.ts";
import { followRegion } from "./followRegion.ts";
import { followRemoteRegion } from "./followRemoteRegion.ts";

interface Deps {
  /** The events of this region. */
  localRegion: RegionEvents;
  /** Those of the others. The stream waits for none of them. */
  remoteRegions: readonly (RegionEvents & { readonly region: string })[];
  listeners: Listeners;
  now: () => number;
  /** Fails when the signal ends it. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  onError: (what: "followRemoteRegion" | "renewListening" | "catchUp", error: unknown) => void;
}

interface StreamCallbacks {
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
export interface EventStream {
  /** From where a client may resume that has seen all that was shown, if it is another place than the last one. */
  newCursor(): string | undefined;
  close(): Promise<void>;
}

/**
 * Shows the live events of all regions that are watched for; before them, to a client that comes back, what it missed
 * since its cursor. Resolves when those of this region flow, and lasts as long as they do.
 */
export const followEvents = async (
  { filter, after }: { filter: StreamFilter; after?: Cursor | undefined },
  deps: Deps,
  on: StreamCallbacks,
): Promise<EventStream> => {
  const { localRegion, remoteRegions, now, wait, onError } = deps;
  const closing = new AbortController();
  const { signal } = closing;
  const positions = createMultiRegionPosition(after ?? { at: now(), seen: [] });
  const isDuplicate = createDuplicateDetector();
  let known: Retention | undefined;
  let last: string | undefined;
  const cursor = (): string | undefined => {
    const at = positions.cursor();
    return known?.since(at.at) ? writeCursor(at) : undefined;
  };
  const newCursor = (): string | undefined => {
    const at = cursor();
    if (at === last) return undefined;
    last = at;
    return at;
  };
  const event = (shown: LiveEvent): void => {
    if (isDuplicate(shown)) return;
    const at = cursor();
    if (at !== undefined) last = at;
    on.event(shown, at);
  };
  const regionPosition = (): RegionPosition => {
    const one = positions.regionPosition();
    return {
      ...one,
      advanceTo(at) {
        one.advanceTo(at);
        const first = last === undefined ? newCursor() : undefined;
        if (first !== undefined) on.cursor(first);
      },
    };
  };
  const retention = renewListening(filter.fleet, deps, signal).then((is) => {
    known = is;
    return is;
  });
  const following = { retention, now, wait, signal, onError };
  const shows = { event, gap: on.gap, room: on.room };
  const mine = { filter, after, position: regionPosition() };
  const others = remoteRegions.map((region) =>
    followRemoteRegion(
      { filter, after, position: regionPosition() },
      { ...following, ...region },
      shows,
    ),
  );
  try {
    const own = await followRegion(
      mine,
      { ...following, ...localRegion },
      { ...shows, end: on.end },
    );
    const { effectiveAt } = await retention;
    const all = [own, ...others];
    const ping = (): void => all.forEach((one) => void one.ping());
    wait(Math.max(0, Math.min(effectiveAt - now(), listeningMs)), signal)
      .then(ping)
      .catch(() => {});
    return {
      newCursor() {
        ping();
        return newCursor();
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
