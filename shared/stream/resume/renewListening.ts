import type { Listeners, Listening } from "../ports.ts";
import {
  listeningCheckMs,
  listeningEffectiveMs,
  listeningMs,
  listeningRemainingMsMin,
} from "./limits.ts";

/** What is known of a fleet's events being kept. */
export interface Retention {
  /** Whether all that the cloud had after a time is kept, and goes on to be. */
  since(at: number): boolean;
  /** When that can be said of what comes, in milliseconds since 1970. */
  readonly effectiveAt: number;
}

interface Deps {
  listeners: Listeners;
  now: () => number;
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  onError: (what: "renewListening", error: unknown) => void;
}

/**
 * Says that a fleet is listened to until the signal ends it, and that it was for a while after. Many streams
 * of a fleet say it once between them. A stream goes on when it cannot be said: then it cannot be resumed.
 */
export const renewListening = async (
  fleet: string,
  { listeners, now, wait, onError }: Deps,
  signal: AbortSignal,
): Promise<Retention> => {
  let known: Listening | undefined;
  const isLeft = (listening: Listening | undefined): boolean =>
    listening !== undefined && listening.until - now() >= listeningRemainingMsMin;
  const check = async (): Promise<void> => {
    if (isLeft(known)) return;
    try {
      const found = await listeners.find(fleet);
      known = isLeft(found) ? found : await listeners.listen(fleet, now(), now() + listeningMs);
    } catch (error) {
      onError("renewListening", error);
    }
  };
  const goOn = async (): Promise<void> => {
    while (!signal.aborted) {
      await wait(listeningCheckMs, signal);
      await check();
    }
  };
  await check();
  goOn().catch((error: unknown) => {
    if (!signal.aborted) onError("renewListening", error);
  });
  return {
    since: (at) =>
      known !== undefined && known.since + listeningEffectiveMs <= at && now() < known.until,
    get effectiveAt() {
      return known === undefined ? Number.POSITIVE_INFINITY : known.since + listeningEffectiveMs;
    },
  };
};
