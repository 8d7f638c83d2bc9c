import type { LiveEvent, StreamFilter } from "../liveEvent.ts";
import { createDuplicateDetector } from "../liveEvent.ts";
import type { Listeners, RegionEvents } from "../ports.ts";
import {
  type Cursor,
  createMultiRegionPosition,
  type MultiRegionPosition,
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
  /** The events of the other regions. The stream does not wait for them. */
  remoteRegions: readonly (RegionEvents & { readonly region: string })[];
  listeners: Listeners;
  now: () => number;
  /** Rejects when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  onError: (what: "followRemoteRegion" | "renewListening" | "catchUp", error: unknown) => void;
}

interface StreamCallbacks {
  /**
   * An event, and the cursor with which a client can resume after it; `undefined` if it cannot
   * resume yet.
   */
  event: (event: LiveEvent, cursor: string | undefined) => void;
  /** The first cursor, if there is one before the first event. */
  cursor: (cursor: string) => void;
  /** The stream may lack events, for the given reason. */
  gap: (why: string) => void;
  /** Resolves when the client has read enough that more can be written (backpressure). */
  drained: () => Promise<void>;
  end: (error?: Error) => void;
}

interface FollowRequest {
  readonly filter: StreamFilter;
  readonly after?: Cursor | undefined;
  /** The slot of the stream, for its cursors. */
  readonly slot?: string | undefined;
}

/** An open stream of events. */
export interface EventStream {
  /** The cursor after all shown events, if it has changed since the last one. */
  newCursor(): string | undefined;
  /**
   * The position after all shown events, and its cursor, which names fewer events; `undefined` if a
   * client cannot resume there.
   */
  position(): { position: Cursor; cursor: string } | undefined;
  close(): Promise<void>;
}

/**
 * Opens a stream of the live events of all regions that match the filter. If `after` is given, the
 * events that the client missed since then come first. Resolves when live events of this region
 * arrive; the stream ends when they stop.
 */
export const followEvents = async (
  { filter, after, slot }: FollowRequest,
  deps: Deps,
  on: StreamCallbacks,
): Promise<EventStream> => {
  const { localRegion, remoteRegions, now, wait, onError } = deps;
  const closing = new AbortController();
  const { signal } = closing;
  const positions = createMultiRegionPosition(after ?? { at: now(), seen: [] });
  const isDuplicate = createDuplicateDetector();
  const cursors = createCursors(positions, slot);
  const event = (shown: LiveEvent): void => {
    if (!isDuplicate(shown)) on.event(shown, cursors.afterEvent());
  };
  const regionPosition = (): RegionPosition => {
    const one = positions.regionPosition();
    return {
      ...one,
      advanceTo(at) {
        one.advanceTo(at);
        const first = cursors.first();
        if (first !== undefined) on.cursor(first);
      },
    };
  };
  const retention = renewListening(filter.fleet, deps, signal).then((found) => {
    cursors.setRetention(found);
    return found;
  });
  const common = { retention, now, wait, signal, onError };
  const callbacks = { event, gap: on.gap, drained: on.drained };
  const localFollow = { filter, after, position: regionPosition() };
  const remote = remoteRegions.map((region) =>
    followRemoteRegion(
      { filter, after, position: regionPosition() },
      { ...common, ...region },
      callbacks,
    ),
  );
  try {
    const local = await followRegion(
      localFollow,
      { ...common, ...localRegion },
      { ...callbacks, end: on.end },
    );
    const { effectiveAt } = await retention;
    const subscriptions = [local, ...remote];
    const ping = (): void => subscriptions.forEach((one) => void one.ping());
    wait(Math.max(0, Math.min(effectiveAt - now(), listeningMs)), signal)
      .then(ping)
      .catch(() => {});
    return {
      newCursor() {
        ping();
        return cursors.changed();
      },
      position: cursors.position,
      async close() {
        closing.abort();
        await Promise.all(subscriptions.map((one) => one.close()));
      },
    };
  } catch (error) {
    closing.abort();
    throw error;
  }
};

/** The cursors of a stream. There is none while its events are not stored. */
const createCursors = (positions: MultiRegionPosition, slot: string | undefined) => {
  let retention: Retention | undefined;
  let last: string | undefined;
  const current = (): string | undefined => {
    const cursor = positions.cursor();
    return retention?.covers(cursor.at) ? writeCursor({ ...cursor, slot }) : undefined;
  };
  /** The current cursor, if it differs from the last one. */
  const changed = (): string | undefined => {
    const cursor = current();
    if (cursor === last) return undefined;
    last = cursor;
    return cursor;
  };
  return {
    setRetention(found: Retention): void {
      retention = found;
    },
    changed,
    /** The current cursor, if it is the first one. */
    first: (): string | undefined => (last === undefined ? changed() : undefined),
    /** The cursor after an event. */
    afterEvent(): string | undefined {
      const cursor = current();
      if (cursor !== undefined) last = cursor;
      return cursor;
    },
    position() {
      const cursor = current();
      return cursor === undefined ? undefined : { position: positions.fullCursor(), cursor };
    },
  };
};
