import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { createFailedChanges } from "#shared/account/caller/failedChanges.ts";
import { createTokenCache } from "#shared/account/token/tokenCache.ts";
import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { dynamoRateLimiter } from "#shared/aws/account/rateLimiter.ts";
import { dynamoTeams } from "#shared/aws/account/teams.ts";
import { openTables, shortRetry } from "#shared/aws/platform/clients.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { type GlobalNames, openAuditLog, openGlobals } from "./globals.ts";
import { announcing, signedIn } from "./http/api.ts";
import type { Auditor } from "./http/recordRequest.ts";
import { logger } from "./logger.ts";

/** Of a function whose routes may change something: the audit log, and counts of failures. */
interface Recording {
  readonly AUDIT_TABLE: string;
  readonly RATE_LIMITS_TABLE: string;
}

type Names = GlobalNames & { readonly ACCOUNTS_TABLE: string } & (
    | Recording
    | { readonly AUDIT_TABLE?: never; readonly RATE_LIMITS_TABLE?: never }
  );

/**
 * Opens the global tables and authenticates the callers of the REST API by them. Returns the
 * authentication, also as a wrapper of endpoints (`withToken`), and what it reads. `tokenCacheMs`
 * is the time for which a worker trusts a token that it has read. `states` reads the states that
 * the audit log shows.
 */
export const openCallers = (
  names: Names,
  options: { tokenCacheMs?: number; states?: Auditor["states"] } = {},
) => {
  const now = Date.now;
  const globals = openGlobals(names);
  const accounts = dynamoAccounts(globals, names.ACCOUNTS_TABLE);
  const teams = dynamoTeams(globals, names.ACCOUNTS_TABLE);
  const tokenCache = createTokenCache({
    accounts,
    now,
    ...omitUndefined({ cacheMs: options.tokenCacheMs }),
  });
  const authenticate = authenticateCaller({ accounts, teams, tokenCache, now });
  const { AUDIT_TABLE: auditTable, RATE_LIMITS_TABLE: limitsTable, ...place } = names;
  const { states = {} } = options;
  const auditor: Auditor | undefined =
    auditTable === undefined || limitsTable === undefined
      ? undefined
      : {
          log: openAuditLog(place, auditTable),
          failedChanges: createFailedChanges({
            rateLimiter: dynamoRateLimiter(openTables(shortRetry), limitsTable),
            now,
            warn: (error) => logger.warn("failed changes are not counted", { error }),
          }),
          now,
          states,
        };
  return {
    globals,
    accounts,
    teams,
    tokenCache,
    authenticate,
    withToken: signedIn(authenticate, auditor),
    announced: announcing(auditor),
  };
};
