import type { Sighting } from "./cursor.ts";
import { liveSlackMs, stampRememberedMs, stampsRememberedMax, stampTieMs } from "./limits.ts";

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
