import { rememberIntegrations } from "#shared/integration/rememberIntegrations.ts";
import type { Integrations, KnownIntegrations } from "#shared/ports.ts";

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
