import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { createTokenCache } from "#shared/account/token/tokenCache.ts";
import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { dynamoTeams } from "#shared/aws/account/teams.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { type GlobalNames, openAuditLog, openGlobals } from "./globals.ts";
import { announcing, signedIn } from "./http/api.ts";
import type { Auditor } from "./http/recordRequest.ts";

interface Names extends GlobalNames {
  readonly ACCOUNTS_TABLE: string;
  /** Of a function whose routes may change something. */
  readonly AUDIT_TABLE?: string;
}

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
  const { AUDIT_TABLE: auditTable, ...place } = names;
  const { states = {} } = options;
  const auditor: Auditor | undefined =
    auditTable === undefined ? undefined : { log: openAuditLog(place, auditTable), now, states };
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
