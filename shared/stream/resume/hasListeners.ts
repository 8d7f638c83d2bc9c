import type { IntegrationCache } from "../../integration/model/integrationCache.ts";

interface Deps {
  integrations: Pick<IntegrationCache, "listenedUntil">;
  now: () => number;
}

/** Whether somebody listens to a fleet, as far as it is known. Never fails. */
export const hasListeners = async (
  fleet: string,
  { integrations, now }: Deps,
): Promise<boolean> => {
  try {
    return (await integrations.listenedUntil(fleet)) > now();
  } catch {
    // Its events stay in the queue for the same reason, and come again.
    return false;
  }
};
