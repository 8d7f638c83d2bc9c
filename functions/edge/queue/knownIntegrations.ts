import type { Outlet } from "#shared/integration/model/integration.ts";
import type { KnownIntegrations } from "#shared/integration/model/integrations.ts";
import {
  type RememberedIntegrations,
  rememberIntegrations,
} from "#shared/integration/model/rememberIntegrations.ts";
import { logger } from "../logger.ts";
import { count } from "../metrics.ts";

/** Integrations as a worker remembers them. What cannot be read of them is logged, and counted where an owner's row is at fault. */
export const knownIntegrations = <One extends Outlet>(
  integrations: RememberedIntegrations<One>,
): KnownIntegrations<One> =>
  rememberIntegrations({
    integrations,
    now: Date.now,
    onStale: (fleet, error) => logger.warn("integrations not read", { fleet, error }),
    onUnreadable: (which, error) => {
      logger.error("integration cannot be read", { ...which, error });
      count({ IntegrationsUnreadable: 1 });
    },
  });
