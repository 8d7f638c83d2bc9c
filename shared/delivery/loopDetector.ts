import { type DeviceEvent, eventText, shortHash } from "../event/deviceEvent.ts";
import { BoundedMap } from "../platform/boundedMap.ts";
import { isUnexpired } from "../platform/isUnexpired.ts";
import { apiPublisher } from "../platform/topic.ts";
import type { Delivery } from "./delivery.ts";
import {
  hopsMax,
  loopBlockMs,
  loopDataPerNameMax,
  loopEventsMax,
  loopNamesMax,
  loopTextCharsMax,
  loopTextCharsMin,
  loopWindowMs,
} from "./limits.ts";

/**
 * The events with the same data that the API published under one name. Times are in milliseconds
 * since 1970.
 */
interface RepeatedData {
  readonly hash: string;
  /**
   * The beginning of the first event's data, without backslashes. Empty if too short to search for.
   */
  readonly text: string;
  /** Ids of the events that are counted. */
  readonly events: ReadonlySet<string>;
  /** End of the window in which its events are counted. */
  readonly countedUntil: number;
  /** End of the time in which its events are blocked. */
  readonly blockedUntil: number;
}

/** Detects loops by the data of events. One per worker. */
export interface LoopDetector {
  /**
   * Whether to block an event as part of a loop. Counts the event; repeated calls count it once.
   */
  isRepeated(event: DeviceEvent, now: number): boolean;
}

/**
 * Returns why an event is part of a loop, or `undefined` if it is not. A replayed event never is.
 * The loop detector checks each delivery once, before its first attempt.
 */
export const loopReason = (
  { event, replayed, attempts, heldSince, lane }: Delivery,
  loopDetector: LoopDetector,
  now: number,
): string | undefined => {
  if (replayed !== undefined) return undefined;
  if ((event.hops ?? 0) >= hopsMax) return hopsReason;
  const isNew = attempts === 0 && heldSince === undefined && lane === undefined;
  return isNew && loopDetector.isRepeated(event, now) ? repeatedReason : undefined;
};

const hopsReason = `loop: the event came through ${hopsMax} integrations, one after another, whose targets published it again`;

const repeatedReason = `loop: the API published more than ${loopEventsMax} events with this name and the same data within ${loopWindowMs / 1_000} s; does a target publish what it receives, without the header Godwit-Hops?`;

/**
 * Detects targets that publish the events they receive without the header `Godwit-Hops`. The data
 * of such an event equals the data of the earlier event or contains it (as a request body does).
 *
 * An event is blocked for `loopBlockMs` if more than `loopEventsMax` events of one fleet, with one
 * name and the same data, arrived within `loopWindowMs`. Without requests the loop ends. Events
 * from devices and events with hops are never blocked. Memory is bounded: the least recently used
 * name is evicted.
 */
export const openLoopDetector = (): LoopDetector => {
  const names = new BoundedMap<string, readonly RepeatedData[]>(loopNamesMax);
  return {
    isRepeated(event, now) {
      if (event.device !== apiPublisher || event.hops !== undefined) return false;
      const key = `${event.fleet}/${event.name}`;
      const known = names.get(key) ?? [];
      const data = unescaped(eventText(event));
      const hash = shortHash(event.data);
      const found = known.find((one) => hasSameData(one, { hash, data }));
      const next = countEvent(found ?? firstOf(hash, data), event.id, now);
      // The most recent entry is last.
      const others = known.filter((one) => one !== found);
      names.set(key, [...others, next].slice(-loopDataPerNameMax));
      return now < next.blockedUntil;
    },
  };
};

/** Removes backslashes: each JSON encoding of a text adds more. */
const unescaped = (text: string): string => text.replaceAll("\\", "");

const hasSameData = (
  { hash, text }: RepeatedData,
  event: { hash: string; data: string },
): boolean => hash === event.hash || (text !== "" && event.data.includes(text));

const firstOf = (hash: string, data: string): RepeatedData => ({
  hash,
  text: data.length < loopTextCharsMin ? "" : data.slice(0, loopTextCharsMax),
  events: new Set(),
  countedUntil: 0,
  blockedUntil: 0,
});

const countEvent = (same: RepeatedData, id: string, now: number): RepeatedData => {
  const hasEnded = (until: number, ms: number) => !isUnexpired(until, { now, ms });
  const blockedUntil = hasEnded(same.blockedUntil, loopBlockMs) ? 0 : same.blockedUntil;
  if (blockedUntil > 0) return { ...same, blockedUntil };
  if (hasEnded(same.countedUntil, loopWindowMs)) {
    return { ...same, events: new Set([id]), countedUntil: now + loopWindowMs, blockedUntil };
  }
  const events = new Set([...same.events, id]);
  if (events.size <= loopEventsMax) return { ...same, events, blockedUntil };
  return { ...same, events: new Set(), countedUntil: 0, blockedUntil: now + loopBlockMs };
};
