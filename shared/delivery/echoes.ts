import { type DeviceEvent, eventText, shortHash } from "../event/deviceEvent.ts";
import { isUnexpired } from "../platform/isUnexpired.ts";
import { apiPublisher } from "../platform/topic.ts";
import {
  echoDataPerNameMax,
  echoEventsMax,
  echoNamesMax,
  echoRefusedMs,
  echoTextCharsMax,
  echoTextCharsMin,
  echoWindowMs,
} from "./limits.ts";

/** Events with the same data that the API published under one name. */
interface Same {
  readonly hash: string;
  /** The beginning of the first event's data, without backslashes; nothing when it is too short to be looked for in other data. */
  readonly text: string;
  readonly events: ReadonlySet<string>;
  /** End of the time in which its events are counted, and of the one in which they are refused; in milliseconds since 1970. */
  readonly countedUntil: number;
  readonly refusedUntil: number;
}

/** Finds loops by the data of events. One per worker. */
export interface Echoes {
  /** Whether an event goes round in a loop. Called for each delivery of the event, before its first attempt. */
  isEcho(event: DeviceEvent, now: number): boolean;
}

/**
 * A target that publishes what it receives, and does not hand back the hops, makes events whose data is the same, or has the data before in
 * it, as the body of a request has. From the event after `echoEventsMax` of them within `echoWindowMs`, under one name of one fleet, they are echoes for
 * `echoRefusedMs`: without requests, the loop ends. Events of devices, and those with hops, are never echoes. The memory is bounded.
 */
export const openEchoes = (): Echoes => {
  const names = new Map<string, readonly Same[]>();
  return {
    isEcho(event, now) {
      if (event.device !== apiPublisher || event.hops !== undefined) return false;
      const key = `${event.fleet}/${event.name}`;
      const known = names.get(key) ?? [];
      const data = unescaped(eventText(event));
      const hash = shortHash(event.data);
      const found = known.find((one) => isSame(one, { hash, data }));
      const next = counted(found ?? first(hash, data), event.id, now);
      // The latest is the last one: the oldest goes when there are too many.
      const others = known.filter((one) => one !== found);
      names.delete(key);
      names.set(key, [...others, next].slice(-echoDataPerNameMax));
      const [oldest] = names.keys();
      if (names.size > echoNamesMax && oldest !== undefined) names.delete(oldest);
      return now < next.refusedUntil;
    },
  };
};

/** Each time that a text is put into JSON, it has more backslashes. */
const unescaped = (text: string): string => text.replaceAll("\\", "");

const isSame = ({ hash, text }: Same, event: { hash: string; data: string }): boolean =>
  hash === event.hash || (text !== "" && event.data.includes(text));

const first = (hash: string, data: string): Same => ({
  hash,
  text: data.length < echoTextCharsMin ? "" : data.slice(0, echoTextCharsMax),
  events: new Set(),
  countedUntil: 0,
  refusedUntil: 0,
});

const counted = (same: Same, id: string, now: number): Same => {
  const isOver = (until: number, ms: number) => !isUnexpired(until, { now, ms });
  const refusedUntil = isOver(same.refusedUntil, echoRefusedMs) ? 0 : same.refusedUntil;
  if (refusedUntil > 0) return { ...same, refusedUntil };
  if (isOver(same.countedUntil, echoWindowMs)) {
    return { ...same, events: new Set([id]), countedUntil: now + echoWindowMs, refusedUntil };
  }
  const events = new Set([...same.events, id]);
  if (events.size <= echoEventsMax) return { ...same, events, refusedUntil };
  return { ...same, events: new Set(), countedUntil: 0, refusedUntil: now + echoRefusedMs };
};
