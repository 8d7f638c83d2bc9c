import type { IntegrationCache } from "../../integration/model/integrationCache.ts";

interface Deps {
  integrations: Pick<IntegrationCache, "listenedUntil">;
  now: () => number;
}

/** Whether a stream listens to the fleet's events, in any region. Returns `false` on an error. */
export const hasListeners = (
  fleet: string,
  { integrations, now }: Deps,
): boolean | Promise<boolean> => {
  const until = integrations.listenedUntil(fleet);
  if (!(until instanceof Promise)) return until > now();
  return until.then(
    (read) => read > now(),
    // For the same error `routeEvents` leaves the events in their queue, so they are redelivered.
    () => false,
  );
};
