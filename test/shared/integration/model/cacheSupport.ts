import type { IntegrationCache } from "#shared/integration/model/integrationCache.ts";
import { integrationCache } from "#shared/integration/model/integrationCache.ts";
import type { Integrations } from "#shared/integration/model/integrations.ts";

/** A cache of readable integrations. */
export const remembering = (deps: {
  integrations: Integrations;
  now: () => number;
}): IntegrationCache => {
  const unexpected = (_: unknown, error: unknown): never => {
    throw error;
  };
  return integrationCache({ ...deps, onStale: unexpected, onUnreadable: unexpected });
};
