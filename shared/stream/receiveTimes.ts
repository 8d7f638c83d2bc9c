import * as z from "zod/mini";
import { clockAheadMsMax } from "../platform/limits.ts";
import { parseJson } from "../platform/parseJson.ts";
import {
  liveDelayMsMax,
  receiveTimesKeptMax,
  receiveTimesKeptMs,
  receiveTimeTieMs,
} from "./limits.ts";
import type { ShownEvent } from "./position.ts";

/**
 * The time when the cloud received an event, in milliseconds since 1970, and the hash of the event
 * (`eventHash`).
 */
const receiveTime = z.object({ hash: z.string(), at: z.int() });

export type ReceiveTime = z.output<typeof receiveTime>;

const message = z.object({ stamps: z.array(receiveTime) });

/** Encodes the payload of a message on `stamps/{fleet}`. */
export const encodeReceiveTimes = (stamps: readonly ReceiveTime[]): Uint8Array =>
  Buffer.from(JSON.stringify({ stamps }));

/** Decodes a payload of `encodeReceiveTimes`. Returns an empty list for any other payload. */
export const decodeReceiveTimes = (payload: Uint8Array): readonly ReceiveTime[] => {
  const { data } = z.safeParse(message, parseJson(Buffer.from(payload).toString()));
  return data?.stamps ?? [];
};

/**
 * Whether the time of an event depends on its receive time: its topic contains no time
 * (`deviceTime`), or one that may be too far in the future. `slackMs` is the possible error of
 * `receivedAt`.
 */
export const needsReceiveTime = (
  deviceTime: number | undefined,
  { receivedAt, slackMs }: { receivedAt: number; slackMs: number },
): boolean => deviceTime === undefined || deviceTime > receivedAt + clockAheadMsMax - slackMs;

/** Matches items by hash and approximate time. */
export interface HashMatcher<Item> {
  add(shownEvent: ShownEvent, item: Item): void;
  /** Removes and returns the item that matches, if there is one. */
  removeMatch(shownEvent: ShownEvent): Item | undefined;
}

interface MatchCandidate<Item> {
  readonly shownEvent: ShownEvent;
  readonly item: Item;
  readonly since: number;
}

/**
 * Holds the last `receiveTimesKeptMax` items, each for `receiveTimesKeptMs`. The nearest in time
 * matches, if it is at most `liveDelayMsMax` away. Among items within `receiveTimeTieMs` of each
 * other the first one matches, so that equal events in quick succession keep their order.
 */
export const createHashMatcher = <Item>(now: () => number): HashMatcher<Item> => {
  const byHash = new Map<string, MatchCandidate<Item>[]>();
  const byAge: MatchCandidate<Item>[] = [];
  const remove = (item: MatchCandidate<Item>): void => {
    const { hash } = item.shownEvent;
    const left = (byHash.get(hash) ?? []).filter((other) => other !== item);
    if (left.length > 0) byHash.set(hash, left);
    else byHash.delete(hash);
  };
  const removeExpired = (): void => {
    for (let first = byAge[0]; first !== undefined; first = byAge[0]) {
      const isExpired = first.since + receiveTimesKeptMs < now();
      if (!isExpired && byAge.length <= receiveTimesKeptMax) return;
      byAge.shift();
      remove(first);
    }
  };
  return {
    add(shownEvent, item) {
      const added = { shownEvent, item, since: now() };
      byHash.set(shownEvent.hash, [...(byHash.get(shownEvent.hash) ?? []), added]);
      byAge.push(added);
      removeExpired();
    },
    removeMatch({ hash, at }) {
      removeExpired();
      const distance = (item: MatchCandidate<Item>): number => Math.abs(item.shownEvent.at - at);
      const near = (byHash.get(hash) ?? []).filter((item) => distance(item) <= liveDelayMsMax);
      const nearest = Math.min(...near.map(distance));
      const found = near.find((item) => distance(item) <= nearest + receiveTimeTieMs);
      if (found === undefined) return undefined;
      remove(found);
      return found.item;
    },
  };
};
