import type { AcceptedEvent } from "../../event/deviceEvent.ts";
import type { IntegrationCache } from "../../integration/model/integrationCache.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { RecentEvents } from "../ports.ts";
import { hasListeners } from "./hasListeners.ts";
import { pauseAfterErrorMs, recentEventsMs } from "./limits.ts";

/** Stores those events of a batch that a resumed stream may need. Never fails. */
export type StoreRecentEvents = (accepted: readonly AcceptedEvent[]) => Promise<void>;

interface Deps {
  integrations: Pick<IntegrationCache, "listenedUntil">;
  recentEvents: Pick<RecentEvents, "put">;
  now: () => number;
  onError: (what: "storeRecentEvents", error: unknown) => void;
}

/**
 * Stores the events of fleets with listeners. After an error it pauses for `pauseAfterErrorMs`, so
 * that routing is not delayed; meanwhile resumed streams may miss events.
 */
export const storeRecentEvents = ({
  integrations,
  recentEvents,
  now,
  onError,
}: Deps): StoreRecentEvents => {
  let pausedUntil = 0;
  return async (accepted) => {
    if (isUnexpired(pausedUntil, { now: now(), ms: pauseAfterErrorMs })) return;
    const events = await Promise.all(
      accepted.map(async ({ event: { fleet }, received }) => {
        const isRecent = received.receivedAt > now() - recentEventsMs;
        return isRecent && (await hasListeners(fleet, { integrations, now }))
          ? [{ fleet, received }]
          : [];
      }),
    );
    const recent = events.flat();
    if (recent.length === 0) return;
    try {
      await recentEvents.put(recent);
    } catch (error) {
      pausedUntil = now() + pauseAfterErrorMs;
      onError("storeRecentEvents", error);
    }
  };
};
