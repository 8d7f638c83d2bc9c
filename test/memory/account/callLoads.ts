import type { CallLoad, CallLoads } from "#shared/account/caller/callShare.ts";

/** The loads of calls in memory. */
export const memoryCallLoads = (): CallLoads => {
  const loads = new Map<string, CallLoad>();
  return {
    find: async (user) => loads.get(user),
    async add(user, { window, spentMs }) {
      const load = loads.get(user);
      if (load?.window !== window) return false;
      loads.set(user, { ...load, spentMs: load.spentMs + spentMs });
      return true;
    },
    async begin(user, load, found) {
      if (loads.get(user)?.window !== found?.window) return false;
      loads.set(user, load);
      return true;
    },
  };
};
