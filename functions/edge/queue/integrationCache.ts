import type { IntegrationMatcher } from "#shared/integration/model/integration.ts";
import type { IntegrationCache } from "#shared/integration/model/integrationCache.ts";
import {
  type IntegrationSource,
  integrationCache,
} from "#shared/integration/model/integrationCache.ts";
import { logger } from "../logger.ts";
import { count } from "../metrics.ts";

/** Integrations as a worker remembers them. What cannot be read of them is logged, and counted where an owner's row is at fault. */
export const openIntegrationCache = <One extends IntegrationMatcher>(
  integrations: IntegrationSource<One>,
): IntegrationCache<One> =>
  integrationCache({
    integrations,
    now: Date.now,
    onStale: (fleet, error) => logger.warn("integrations not read", { fleet, error }),
    onUnreadable: (which, error) => {
      logger.error("integration cannot be read", { ...which, error });
      count({ IntegrationsUnreadable: 1 });
    },
  });
