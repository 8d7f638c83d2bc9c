import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { createTokenCache } from "#shared/account/token/tokenCache.ts";
import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { dynamoTeams } from "#shared/aws/account/teams.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { type GlobalNames, openGlobals } from "./globals.ts";
import { signedIn } from "./http/api.ts";

interface Names extends GlobalNames {
  readonly ACCOUNTS_TABLE: string;
}

/**
 * Opens the global tables and authenticates the callers of the REST API by them. Returns the
 * authentication, also as a wrapper of endpoints (`withToken`), and what it reads. `tokenCacheMs`
 * is the time for which a worker trusts a token that it has read.
 */
export const openCallers = (names: Names, options: { tokenCacheMs?: number } = {}) => {
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
  return { globals, accounts, teams, tokenCache, authenticate, withToken: signedIn(authenticate) };
};
