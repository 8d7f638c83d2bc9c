import { signal } from "@preact/signals";
import type { LiveEvent } from "./liveEvent.ts";

/** Events that the page keeps; older ones are dropped. */
export const ringEventsMax = 2_000;

/** Characters of the events that the page keeps: an event has up to 128 kB. */
export const ringCharsMax = 10_000_000;

/** How often new events are shown. Each time costs one rendering, however many events there are. */
const showEveryMs = 250;

export interface RingView {
  /** The latest events, newest first. */
  readonly events: readonly LiveEvent[];
  /** All events since the start. */
  readonly total: number;
  /** Events that arrived while the view was paused and are no longer kept. */
  readonly skipped: number;
  readonly isPaused: boolean;
  /** Events that have arrived since the pause. */
  readonly waiting: number;
}

/** Keeps the latest events, and shows them a few times a second, or not while it is paused. */
export const eventRing = (eventsMax = ringEventsMax, charsMax = ringCharsMax) => {
  const view = signal<RingView>({
    events: [],
    total: 0,
    skipped: 0,
    isPaused: false,
    waiting: 0,
  });
  let kept: LiveEvent[] = [];
  let total = 0;
  let skipped = 0;
  let shownTotal = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const show = (): void => {
    timer = undefined;
    const { isPaused, events } = view.peek();
    const waiting = isPaused ? total - shownTotal : 0;
    if (!isPaused) shownTotal = total;
    view.value = {
      events: isPaused ? events : kept.toReversed(),
      total,
      // Of those that wait, only the latest are kept.
      skipped: skipped + Math.max(0, waiting - kept.length),
      isPaused,
      waiting,
    };
  };
  return {
    view,
    add(events: readonly LiveEvent[]): void {
      total += events.length;
      kept = latest([...kept, ...events], { eventsMax, charsMax });
      timer ??= setTimeout(show, showEveryMs);
    },
    setPaused(isPaused: boolean): void {
      if (!isPaused) skipped += Math.max(0, total - shownTotal - kept.length);
      view.value = { ...view.peek(), isPaused };
      show();
    },
    clear(): void {
      kept = [];
      total = 0;
      skipped = 0;
      shownTotal = 0;
      view.value = { ...view.peek(), events: [] };
      show();
    },
    close(): void {
      clearTimeout(timer);
    },
  };
};

/** The latest events within the bounds, and always the last one. */
const latest = (
  events: readonly LiveEvent[],
  { eventsMax, charsMax }: { eventsMax: number; charsMax: number },
): LiveEvent[] => {
  let chars = 0;
  const before = events.findLastIndex(({ data, name }, i) => {
    chars += data.length + name.length;
    return i < events.length - 1 && (chars > charsMax || events.length - i > eventsMax);
  });
  return events.slice(before + 1);
};

export type EventRing = ReturnType<typeof eventRing>;
