import type { OneTimeToken, OneTimeTokens } from "#shared/account/token/oneTimeToken.ts";

/** One-time tokens in memory. */
export const memoryOneTimeTokens = (): OneTimeTokens => {
  const rows = new Map<string, OneTimeToken>();
  return {
    async add(token) {
      rows.set(token.hash, token);
    },
    find: async (hash) => rows.get(hash),
    remove: async ({ hash }) => rows.delete(hash),
  };
};
