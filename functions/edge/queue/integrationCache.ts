import type { IntegrationMatcher } from "#shared/integration/model/integration.ts";
import type { IntegrationCache } from "#shared/integration/model/integrationCache.ts";
import {
  type IntegrationSource,
  integrationCache,
} from "#shared/integration/model/integrationCache.ts";
import type { RoutingChanges } from "#shared/integration/model/routingChanges.ts";
import { routingVersions } from "#shared/integration/model/routingVersions.ts";
import { logger } from "../logger.ts";
import { count } from "../metrics.ts";

/**
 * Opens a worker's cache of integrations. Read errors are logged; integrations that cannot be read
 * are also counted.
 */
export const openIntegrationCache = <One extends IntegrationMatcher>(
  integrations: IntegrationSource<One>,
  changes: RoutingChanges,
): IntegrationCache<One> =>
  integrationCache({
    integrations,
    versions: routingVersions({
      changes,
      now: Date.now,
      onError: (error) => logger.warn("changes of integrations not read", { error }),
    }),
    now: Date.now,
    onStale: (fleet, error) => logger.warn("integrations not read", { fleet, error }),
    onUnreadable: (which, error) => {
      logger.error("integration cannot be read", { ...which, error });
      count({ IntegrationsUnreadable: 1 });
    },
  });
