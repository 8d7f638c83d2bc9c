import type { AcceptedEvent } from "../../event/deviceEvent.ts";
import type { KnownIntegrations } from "../../integration/model/integrations.ts";
import { lasts } from "../../platform/lasts.ts";
import type { RecentEvents } from "../ports.ts";
import { isListened } from "./isListened.ts";
import { keepPauseMs, recentEventsMs } from "./limits.ts";

/** Keeps those of a batch of events that a stream may be resumed for. Never fails. */
export type KeepRecent = (accepted: readonly AcceptedEvent[]) => Promise<void>;

interface Deps {
  integrations: Pick<KnownIntegrations, "listenedUntil">;
  recentEvents: Pick<RecentEvents, "keep">;
  now: () => number;
  onError: (what: "keep", error: unknown) => void;
}

/**
 * Keeps the events of fleets that are listened to. When that fails it is left alone for `keepPauseMs`: a
 * resumed stream may then miss events, and no event waits for it on its way.
 */
export const keepRecent = ({ integrations, recentEvents, now, onError }: Deps): KeepRecent => {
  let pausedUntil = 0;
  return async (accepted) => {
    if (lasts(pausedUntil, { now: now(), ms: keepPauseMs })) return;
    const events = await Promise.all(
      accepted.map(async ({ event: { fleet }, received }) => {
        const isRecent = received.receivedAt > now() - recentEventsMs;
        return isRecent && (await isListened(fleet, { integrations, now }))
          ? [{ fleet, received }]
          : [];
      }),
    );
    const recent = events.flat();
    if (recent.length === 0) return;
    try {
      await recentEvents.keep(recent);
    } catch (error) {
      pausedUntil = now() + keepPauseMs;
      onError("keep", error);
    }
  };
};
