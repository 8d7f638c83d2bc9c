import type { KnownIntegrations } from "../../integration/model/integrations.ts";

interface Deps {
  integrations: Pick<KnownIntegrations, "listenedUntil">;
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
