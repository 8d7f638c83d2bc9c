import { oauthClientsMax } from "#shared/account/oauth/limits.ts";
import type { OAuthClient, OAuthClients } from "#shared/account/oauth/oauthClient.ts";
import { Failure } from "#shared/platform/failure.ts";

/** OAuth clients in memory. */
export const memoryOAuthClients = (): OAuthClients => {
  const clients = new Map<string, OAuthClient>();
  return {
    find: async (id) => clients.get(id),
    list: async (wanted) =>
      [...clients.values()]
        .filter(({ owner }) => JSON.stringify(owner) === JSON.stringify(wanted))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, oauthClientsMax),
    async add(client) {
      clients.set(client.id, client);
    },
    async change(id, change) {
      const client = clients.get(id);
      if (client === undefined) throw new Failure("there is none", { code: "not_found" });
      const given = Object.entries(change).filter(([, value]) => value !== undefined);
      clients.set(id, { ...client, ...Object.fromEntries(given) });
    },
    async remove(id) {
      clients.delete(id);
    },
  };
};
