import type { ApiUser, ApiUsers } from "#shared/account/oauth/apiUser.ts";
import { apiUsersPerProductMax } from "#shared/account/oauth/limits.ts";

/** API users in memory. */
export const memoryApiUsers = (): ApiUsers => {
  const apiUsers = new Map<string, ApiUser>();
  return {
    find: async (username) => apiUsers.get(username),
    list: async (wanted) =>
      [...apiUsers.values()]
        .filter(({ product }) => product === wanted)
        .sort((a, b) => (a.username < b.username ? -1 : 1))
        .slice(0, apiUsersPerProductMax),
    async put(apiUser) {
      apiUsers.set(apiUser.username, apiUser);
    },
    async remove(username) {
      apiUsers.delete(username);
    },
  };
};
