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

/** When the cloud received an event, in milliseconds since 1970, and what tells the event from others (`eventHash`). */
const receiveTime = z.object({ hash: z.string(), at: z.int() });

export type ReceiveTime = z.output<typeof receiveTime>;

const message = z.object({ stamps: z.array(receiveTime) });

/** The payload of a message on `stamps/{fleet}`. */
export const encodeReceiveTimes = (stamps: readonly ReceiveTime[]): Uint8Array =>
  Buffer.from(JSON.stringify({ stamps }));

/** Reads what `encodeReceiveTimes` wrote; nothing from any other payload. */
export const decodeReceiveTimes = (payload: Uint8Array): readonly ReceiveTime[] => {
  const { data } = z.safeParse(message, parseJson(Buffer.from(payload).toString()));
  return data?.stamps ?? [];
};

/**
 * Whether the time of an event depends on when the cloud received it: it says no time (`said`), or one that may be too
 * far ahead to be believed. `slackMs` is how much `receivedAt` may be off.
 */
export const needsReceiveTime = (
  said: number | undefined,
  { receivedAt, slackMs }: { receivedAt: number; slackMs: number },
): boolean => said === undefined || said > receivedAt + clockAheadMsMax - slackMs;

/** What waits to be matched with something of the same hash and about the same time. */
export interface HashMatcher<One> {
  add(shownEvent: ShownEvent, one: One): void;
  /** Takes what matches out, if something does. */
  take(shownEvent: ShownEvent): One | undefined;
}

interface MatchCandidate<One> {
  readonly shownEvent: ShownEvent;
  readonly one: One;
  readonly since: number;
}

/**
 * Remembers each for `receiveTimesKeptMs`, and the last `receiveTimesKeptMax`. The nearest in time matches, at most
 * `liveDelayMsMax` away; of several within `receiveTimeTieMs` the first, so that equal events in quick succession keep their order.
 */
export const createHashMatcher = <One>(now: () => number): HashMatcher<One> => {
  const byHash = new Map<string, MatchCandidate<One>[]>();
  const inOrder: MatchCandidate<One>[] = [];
  const remove = (one: MatchCandidate<One>): void => {
    const { hash } = one.shownEvent;
    const left = (byHash.get(hash) ?? []).filter((other) => other !== one);
    if (left.length > 0) byHash.set(hash, left);
    else byHash.delete(hash);
  };
  const forget = (): void => {
    for (let first = inOrder[0]; first !== undefined; first = inOrder[0]) {
      const isOver = first.since + receiveTimesKeptMs < now();
      if (!isOver && inOrder.length <= receiveTimesKeptMax) return;
      inOrder.shift();
      remove(first);
    }
  };
  return {
    add(shownEvent, one) {
      const added = { shownEvent, one, since: now() };
      byHash.set(shownEvent.hash, [...(byHash.get(shownEvent.hash) ?? []), added]);
      inOrder.push(added);
      forget();
    },
    take({ hash, at }) {
      forget();
      const markUnavailable = (one: MatchCandidate<One>): number =>
        Math.abs(one.shownEvent.at - at);
      const near = (byHash.get(hash) ?? []).filter((one) => markUnavailable(one) <= liveDelayMsMax);
      const nearest = Math.min(...near.map(markUnavailable));
      const found = near.find((one) => markUnavailable(one) <= nearest + receiveTimeTieMs);
      if (found === undefined) return undefined;
      remove(found);
      return found.one;
    },
  };
};
