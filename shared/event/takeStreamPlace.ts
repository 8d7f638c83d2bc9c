import { Failure } from "../failure.ts";
import { streamMarginMs, streamPlaceRetrySeconds, streamsPerFleetMax } from "../limits.ts";
import type { StreamPlaces } from "../ports.ts";

interface Needs {
  streamPlaces: StreamPlaces;
  now: () => number;
  onSetback: (what: "place", error: unknown) => void;
}

/**
 * Takes one of a fleet's places for a stream that lasts `lifeMs` at most, and answers how to give it back. Fails with
 * `too_many_requests`. A stream that dies keeps its place until its time is over; while places cannot be asked for, nobody needs one.
 */
export const takeStreamPlace = async (
  fleet: string,
  lifeMs: number,
  { streamPlaces, now, onSetback }: Needs,
): Promise<() => Promise<void>> => {
  const setBack = (error: unknown): void => onSetback("place", error);
  const at = now();
  const until = at + lifeMs + streamMarginMs;
  const asked = streamPlaces.take(fleet, { now: at, until });
  const place = await asked.catch((error: unknown) => {
    setBack(error);
    return "unknown" as const;
  });
  if (place === "unknown") return async () => {};
  if (place === undefined) {
    throw new Failure(`a fleet has at most ${streamsPerFleetMax} event streams in a region`, {
      code: "too_many_requests",
      retryAfterSeconds: streamPlaceRetrySeconds,
    });
  }
  return () => streamPlaces.giveBack(place).catch(setBack);
};
