import type { Integrations, KnownIntegrations } from "#shared/integration/model/integrations.ts";
import { rememberIntegrations } from "#shared/integration/model/rememberIntegrations.ts";

/** What a worker remembers of integrations that can all be read. */
export const remembering = (needs: {
  integrations: Integrations;
  now: () => number;
}): KnownIntegrations => {
  const unexpected = (_: unknown, error: unknown): never => {
    throw error;
  };
  return rememberIntegrations({ ...needs, onStale: unexpected, onUnreadable: unexpected });
};
