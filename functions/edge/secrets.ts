import { kmsSecrets } from "#shared/aws/platform/secrets.ts";
import type { GlobalNames } from "./globals.ts";
import { logger } from "./logger.ts";
import { count } from "./metrics.ts";

interface Names extends GlobalNames {
  readonly SECRETS_KEY: string;
}

/**
 * Opens the encryption of secrets for all regions. With `failFast`, keys are requested with few
 * retries.
 */
export const openSecrets = (
  { SECRETS_KEY: key, AWS_REGION: region, REGIONS: regions }: Names,
  options: { readonly retry?: "failFast" } = {},
) => kmsSecrets({ key, region, regions, now: Date.now, onIncomplete, ...options });

/**
 * Logs and counts a secret that is not encrypted with the key of a region. Until that is repaired,
 * the region needs another region to decrypt it.
 */
const onIncomplete = (region: string, error: unknown): void => {
  logger.warn("a secret is not sealed for a region yet", { region, error });
  count({ SecretsSealedIncompletely: 1 });
};
