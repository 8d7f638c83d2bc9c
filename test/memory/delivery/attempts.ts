import type { Attempt, Attempts } from "#shared/ledger/record.ts";

/** The last attempts in memory. */
export const memoryAttempts = (): Attempts => {
  const all = new Map<string, Attempt>();
  return {
    async add(attempts) {
      for (const one of attempts) all.set(`${one.delivery}/${one.number}/${one.at}`, one);
    },
    list: async (integration, max) =>
      [...all.values()]
        .filter((one) => one.integration === integration)
        .sort((one, other) => other.at - one.at)
        .slice(0, max),
  };
};
