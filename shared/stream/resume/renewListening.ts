import type { Listeners, Listening } from "../ports.ts";
import {
  listeningCheckMs,
  listeningEffectiveMs,
  listeningMs,
  listeningRemainingMsMin,
} from "./limits.ts";

/** For which time a fleet's events are stored. */
export interface Retention {
  /** Whether all events after a time (milliseconds since 1970) are stored, and continue to be. */
  covers(at: number): boolean;
  /** The time from which new events are stored, in milliseconds since 1970. */
  readonly effectiveAt: number;
}

interface Deps {
  listeners: Listeners;
  now: () => number;
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  onError: (what: "renewListening", error: unknown) => void;
}

/**
 * Renews the fleet's listening period until the signal aborts, so that `route` stores the fleet's
 * events. Streams of a fleet share one period. If the renewal fails, the stream continues but
 * cannot be resumed.
 */
export const renewListening = async (
  fleet: string,
  { listeners, now, wait, onError }: Deps,
  signal: AbortSignal,
): Promise<Retention> => {
  let known: Listening | undefined;
  const hasTimeLeft = (listening: Listening | undefined): boolean =>
    listening !== undefined && listening.until - now() >= listeningRemainingMsMin;
  const check = async (): Promise<void> => {
    if (hasTimeLeft(known)) return;
    try {
      const found = await listeners.find(fleet);
      known = hasTimeLeft(found)
        ? found
        : await listeners.listen(fleet, now(), now() + listeningMs);
    } catch (error) {
      onError("renewListening", error);
    }
  };
  const renewRepeatedly = async (): Promise<void> => {
    while (!signal.aborted) {
      await wait(listeningCheckMs, signal);
      await check();
    }
  };
  await check();
  renewRepeatedly().catch((error: unknown) => {
    if (!signal.aborted) onError("renewListening", error);
  });
  return {
    covers: (at) =>
      known !== undefined && known.since + listeningEffectiveMs <= at && now() < known.until,
    get effectiveAt() {
      return known === undefined ? Number.POSITIVE_INFINITY : known.since + listeningEffectiveMs;
    },
  };
};
