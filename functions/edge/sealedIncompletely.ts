import { logger } from "./logger.ts";
import { count } from "./metrics.ts";

/** Says that a region's key could not be had for a secret. Until that is repaired, the region needs another one to open it. */
export const sealedIncompletely = (region: string, error: unknown): void => {
  logger.warn("a secret is not sealed for a region yet", { region, error });
  count({ SecretsSealedIncompletely: 1 });
};
