import { logger } from "./logger.ts";
import { count } from "./metrics.ts";

/**
 * Logs and counts a secret that is not encrypted with the key of a region. Until that is repaired,
 * the region needs another region to decrypt it.
 */
export const sealedIncompletely = (region: string, error: unknown): void => {
  logger.warn("a secret is not sealed for a region yet", { region, error });
  count({ SecretsSealedIncompletely: 1 });
};
