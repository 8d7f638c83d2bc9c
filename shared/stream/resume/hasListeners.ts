import type { IntegrationCache } from "../../integration/model/integrationCache.ts";

interface Deps {
  integrations: Pick<IntegrationCache, "listenedUntil">;
  now: () => number;
}

/** Whether a stream listens to the fleet's events, in any region. Returns `false` on an error. */
export const hasListeners = async (
  fleet: string,
  { integrations, now }: Deps,
): Promise<boolean> => {
  try {
    return (await integrations.listenedUntil(fleet)) > now();
  } catch {
    // For the same error `routeEvents` leaves the events in their queue, so they are redelivered.
    return false;
  }
};
