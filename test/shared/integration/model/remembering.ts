import type { Integrations, KnownIntegrations } from "#shared/integration/model/integrations.ts";
import { rememberIntegrations } from "#shared/integration/model/rememberIntegrations.ts";

/** What a worker remembers of integrations that can all be read. */
export const remembering = (deps: {
  integrations: Integrations;
  now: () => number;
}): KnownIntegrations => {
  const unexpected = (_: unknown, error: unknown): never => {
    throw error;
  };
  return rememberIntegrations({ ...deps, onStale: unexpected, onUnreadable: unexpected });
};
