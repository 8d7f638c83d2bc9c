import * as z from "zod/mini";
import { clockAheadMsMax } from "../platform/limits.ts";
import { parseJson } from "../platform/parseJson.ts";
import { liveSlackMs, stampRememberedMs, stampsRememberedMax, stampTieMs } from "./limits.ts";
import type { Sighting } from "./position.ts";

/** When the cloud received an event, in milliseconds since 1970, and what tells the event from others (`eventHash`). */
const stamp = z.object({ hash: z.string(), at: z.int() });

export type Stamp = z.output<typeof stamp>;

const message = z.object({ stamps: z.array(stamp) });

/** The payload of a message on `stamps/{fleet}`. */
export const writeStamps = (stamps: readonly Stamp[]): Uint8Array =>
  Buffer.from(JSON.stringify({ stamps }));

/** Reads what `writeStamps` wrote; nothing from any other payload. */
export const readStamps = (payload: Uint8Array): readonly Stamp[] => {
  const { data } = z.safeParse(message, parseJson(Buffer.from(payload).toString()));
  return data?.stamps ?? [];
};

/**
 * Whether the time of an event depends on when the cloud received it: it says no time (`said`), or one that may be too
 * far ahead to be believed. `slackMs` is how much `receivedAt` may be off.
 */
export const needsStamp = (
  said: number | undefined,
  { receivedAt, slackMs }: { receivedAt: number; slackMs: number },
): boolean => said === undefined || said > receivedAt + clockAheadMsMax - slackMs;

/** What waits to be matched with something of the same hash and about the same time. */
export interface Matches<One> {
  add(sighting: Sighting, one: One): void;
  /** Takes what matches out, if something does. */
  take(sighting: Sighting): One | undefined;
}

interface Remembered<One> {
  readonly sighting: Sighting;
  readonly one: One;
  readonly since: number;
}

/**
 * Remembers each for `stampRememberedMs`, and the last `stampsRememberedMax`. The nearest in time matches, at most
 * `liveSlackMs` away; of several within `stampTieMs` the first, so that equal events in quick succession keep their order.
 */
export const openMatches = <One>(now: () => number): Matches<One> => {
  const byHash = new Map<string, Remembered<One>[]>();
  const inOrder: Remembered<One>[] = [];
  const remove = (one: Remembered<One>): void => {
    const { hash } = one.sighting;
    const left = (byHash.get(hash) ?? []).filter((other) => other !== one);
    if (left.length > 0) byHash.set(hash, left);
    else byHash.delete(hash);
  };
  const forget = (): void => {
    for (let first = inOrder[0]; first !== undefined; first = inOrder[0]) {
      const isOver = first.since + stampRememberedMs < now();
      if (!isOver && inOrder.length <= stampsRememberedMax) return;
      inOrder.shift();
      remove(first);
    }
  };
  return {
    add(sighting, one) {
      const added = { sighting, one, since: now() };
      byHash.set(sighting.hash, [...(byHash.get(sighting.hash) ?? []), added]);
      inOrder.push(added);
      forget();
    },
    take({ hash, at }) {
      forget();
      const away = (one: Remembered<One>): number => Math.abs(one.sighting.at - at);
      const near = (byHash.get(hash) ?? []).filter((one) => away(one) <= liveSlackMs);
      const nearest = Math.min(...near.map(away));
      const found = near.find((one) => away(one) <= nearest + stampTieMs);
      if (found === undefined) return undefined;
      remove(found);
      return found.one;
    },
  };
};
