import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import { confirmAddress } from "#shared/account/mail/changeAddress.ts";
import { requestReset, resetPassword } from "#shared/account/mail/resetPassword.ts";
import {
  confirmSecondFactor,
  disableSecondFactor,
  startSecondFactor,
} from "#shared/account/mfa/enableSecondFactor.ts";
import { apiUserDomain } from "#shared/account/oauth/apiUser.ts";
import {
  addOAuthClient,
  findOAuthClient,
  removeOAuthClient,
} from "#shared/account/oauth/manageOAuthClients.ts";
import type { OAuthClientOwner } from "#shared/account/oauth/oauthClient.ts";
import {
  listOwnTokens,
  listValidTokens,
  revokeOwnTokens,
  revokeToken,
} from "#shared/account/token/ownTokens.ts";
import { isLimited } from "#shared/account/token/token.ts";
import type { TokenFamily } from "#shared/account/token/tokenFamily.ts";
import { addUser } from "#shared/account/user/addUser.ts";
import { changeUser } from "#shared/account/user/changeUser.ts";
import { logIn } from "#shared/account/user/logIn.ts";
import { scryptPasswords } from "#shared/account/user/password.ts";
import { verifyPassword } from "#shared/account/verify/verifyPassword.ts";
import { dynamoOAuthClients } from "#shared/aws/account/oauthClients.ts";
import { dynamoProductStore } from "#shared/aws/account/productStore.ts";
import { dynamoRateLimiter } from "#shared/aws/account/rateLimiter.ts";
import { dynamoSecondFactors } from "#shared/aws/account/secondFactors.ts";
import { dynamoTeamHints } from "#shared/aws/account/teams.ts";
import { dynamoIntegrationMatchers } from "#shared/aws/delivery/integrations.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { removeOwnUser } from "#shared/removal/removeOwnUser.ts";
import { auditRoutes } from "#shared/routes/auditRoutes.ts";
import { clientRoutes } from "#shared/routes/clientRoutes.ts";
import { sessionRoutes } from "#shared/routes/sessionRoutes.ts";
import { tokenRoutes } from "#shared/routes/tokenRoutes.ts";
import { userRoutes } from "#shared/routes/userRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { openContacts } from "./edge/contacts.ts";
import { openAuditLog } from "./edge/globals.ts";
import { api, type Endpoints, open, orBasic } from "./edge/http/api.ts";
import { auditEndpoints } from "./edge/http/auditEndpoints.ts";
import { noContent } from "./edge/http/reply.ts";
import { sessionEndpoints } from "./edge/http/sessionEndpoints.ts";
import { logger } from "./edge/logger.ts";
import { openMailQueue } from "./edge/mailQueue.ts";
import { openOneTimeTokens } from "./edge/oneTimeTokens.ts";
import { openSecrets } from "./edge/secrets.ts";
import {
  currentTokenView,
  oauthClientView,
  tokenView,
  userView,
} from "./edge/views/accountView.ts";

const names = env.accounts.parse(process.env);
// Requests to accounts are rare, and a revoked token must not manage one: no worker trusts its
// cache.
const callers = openCallers(names, {
  tokenCacheMs: 0,
  states: {
    user: async (_, { username, fleet }) => {
      const { createdAt, accountInfo, disabled } = (await accounts.findUser(username)) ?? {};
      return { createdAt, accountInfo, disabled, mfa: await hasSecondFactor(fleet) };
    },
    client: async (id, caller) => oauthClientView(await findOAuthClient(id, owner(caller), deps)),
  },
});
const { globals, accounts, teams, tokenCache, withToken, announced } = callers;
const tables = openTables();
const now = Date.now;
const deps = {
  contacts: openContacts(globals, names.OPERATIONS_TABLE),
  accounts,
  passwords: scryptPasswords(),
  secondFactors: dynamoSecondFactors(globals, names.ACCOUNTS_TABLE),
  oneTimeTokens: openOneTimeTokens(globals, names),
  secrets: openSecrets(names),
  mailQueue: openMailQueue(names),
  teams,
  hints: dynamoTeamHints(globals, names.ACCOUNTS_TABLE),
  productStore: dynamoProductStore(globals, names.ACCOUNTS_TABLE),
  devices: dynamoDevices(globals, names.DEVICES_TABLE),
  integrations: dynamoIntegrationMatchers(globals, names.INTEGRATIONS_TABLE),
  clients: dynamoOAuthClients(globals, names.ACCOUNTS_TABLE),
  rateLimiter: dynamoRateLimiter(tables, names.RATE_LIMITS_TABLE),
  tokenCache,
  now,
  onReuse: ({ username, client }: TokenFamily) =>
    logger.warn("a used refresh token was presented again: its token family is revoked", {
      username,
      client,
    }),
  warn: (error: Error) => logger.warn("attempts are not counted", { error }),
};

const signUp = announced<typeof userRoutes.signUp>(
  async ({ username, password, account_info: accountInfo }, _, announce) => {
    if (names.OPEN_SIGN_UP === "refused") {
      throw new Failure("Sign-up is closed. The owner of this cloud adds its users", {
        code: "refused",
      });
    }
    await addUser({ username, password, accountInfo, replace: false }, { ...deps, announce });
    return { ok: true };
  },
);

const hasSecondFactor = async (fleet: string): Promise<boolean> =>
  (await deps.secondFactors.find(fleet)) !== undefined;

/**
 * Returns the user of an unrestricted token. An API user sees its own name; other limited tokens do
 * not reveal their user.
 */
const showUser = async ({ username, fleet, token }: Caller) => {
  if (!isLimited(token)) {
    const user = (await accounts.findUser(username)) ?? { username };
    return userView(user, { hasSecondFactor: await hasSecondFactor(fleet) });
  }
  if (username.endsWith(apiUserDomain)) return userView({ username });
  throw new Failure("This requires an unrestricted token of a user", { code: "unauthorized" });
};

/** The owner of the clients of a route: the product in its path, or the user. */
const owner = ({ product, username }: Caller): OAuthClientOwner =>
  product === undefined ? { username } : { product: product.id };

/** The endpoints of OAuth clients. */
const clients: Endpoints<typeof clientRoutes> = {
  listClients: withToken(async (_, caller) => ({
    ok: true,
    clients: (await deps.clients.list(owner(caller))).map(oauthClientView),
  })),
  createClient: withToken(async (input, caller) => {
    const { client, secret } = await addOAuthClient(input, owner(caller), deps);
    return { ok: true, client: { ...oauthClientView(client), secret } };
  }),
  updateClient: withToken(async ({ client: id, name, scope }, caller) => {
    await findOAuthClient(id, owner(caller), deps);
    await deps.clients.change(id, { name, scopes: scope });
    const client = await findOAuthClient(id, owner(caller), deps);
    return { ok: true, client: oauthClientView(client) };
  }),
  removeClient: withToken(async ({ client: id }, caller) => {
    await removeOAuthClient(id, { owner: owner(caller), username: caller.username }, deps);
    return noContent;
  }),
};

export const handler = api(
  { ...userRoutes, ...tokenRoutes, ...sessionRoutes, ...clientRoutes, ...auditRoutes },
  {
    ...clients,
    ...sessionEndpoints(callers, deps),
    ...auditEndpoints(withToken, { log: openAuditLog(names, names.AUDIT_TABLE), now }),
    logIn: announced((input, { address }, announce) =>
      logIn(input, address, { ...deps, announce }),
    ),
    showUser: withToken((_, caller) => showUser(caller)),
    changeUser: withToken(async (change, { username, fleet }, { address }) => {
      const user = await changeUser(change, { username, address }, deps);
      const pending = change.username === user.username ? undefined : change.username;
      return {
        ok: true,
        ...userView(user, { hasSecondFactor: await hasSecondFactor(fleet) }),
        ...(pending !== undefined && { pending_username: pending }),
      };
    }),
    removeUser: withToken(async ({ password }, { username }, { address }) => {
      await removeOwnUser({ username, password, address }, deps);
      return { ok: true };
    }),
    requestReset: open(async ({ username }, { address }) => {
      await requestReset(username, address, deps);
      return { ok: true };
    }),
    resetPassword: announced(async (input, _, announce) => {
      await resetPassword(input, { ...deps, announce });
      return { ok: true };
    }),
    confirmAddress: announced(async (input, _, announce) => {
      const { username } = await confirmAddress(input, { ...deps, announce });
      return { ok: true, username };
    }),
    startMfa: withToken(async (_, { username }) => {
      const { mfaToken, uri, secret } = await startSecondFactor(username, deps);
      return { ok: true, mfa_token: mfaToken, qr_url: uri, secret };
    }),
    confirmMfa: withToken(async (input, { username }) => {
      const { recoveryCodes } = await confirmSecondFactor(input, username, deps);
      return { ok: true, enrolled: true, tokens: [], recovery_codes: recoveryCodes };
    }),
    disableMfa: withToken(async ({ current_password: password }, { username }, { address }) => {
      await disableSecondFactor({ username, password, address }, deps);
      return { ok: true };
    }),
    signUp,
    listTokens: orBasic(
      async ({ name, password }, { address }) => {
        const username = name.trim().toLowerCase();
        const { fleet } = await verifyPassword({ username, password, address }, deps);
        // A password is not sufficient, and HTTP Basic cannot carry a one-time password.
        if (await hasSecondFactor(fleet)) {
          throw new Failure("Log in with your second factor and use the token", {
            code: "mfa_required",
          });
        }
        return (await listValidTokens(username, deps)).map(tokenView);
      },
      withToken(async (_, { token }) => (await listOwnTokens(token, deps)).map(tokenView)),
    ),
    tokenRevocation: withToken(async (_, { token }) => {
      await revokeOwnTokens(token, deps);
      return { ok: true };
    }),
    showCurrentToken: withToken(async (_, { token }) => currentTokenView(token)),
    revokeCurrentToken: withToken(async (_, { token: { hash } }) => {
      await accounts.removeToken(hash);
      tokenCache.evict((token) => token.hash === hash);
      return { ok: true };
    }),
    revokeToken: announced(async ({ token }, origin, announce) => {
      await revokeToken(token, () => origin.credentials, { ...deps, announce });
      return { ok: true };
    }),
  },
);
