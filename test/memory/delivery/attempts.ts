import type { Attempt, AttemptRow, Attempts } from "#shared/ledger/record.ts";

/** The last attempts in memory, each in a row of its own. */
export const memoryAttempts = (): Attempts => {
  const all = new Map<string, Attempt>();
  const newestFirst = (integration: string): AttemptRow[] =>
    [...all.values()]
      .filter((one) => one.integration === integration)
      .map((one) => ({ key: `${one.at} ${one.delivery} ${one.number}`, attempts: [one] }))
      .sort((one, other) => (one.key < other.key ? 1 : -1));
  return {
    async add(attempts) {
      for (const one of attempts)
        all.set(`${one.integration}/${one.delivery}/${one.number}/${one.at}`, one);
    },
    list: async (integration, max) =>
      newestFirst(integration)
        .flatMap((row) => row.attempts)
        .slice(0, max),
    async page(integration, { since = 0, until = Infinity, from = "~", after = "~", limit }) {
      const rows = newestFirst(integration).filter(
        ({ key, attempts: [one] }) =>
          one !== undefined && one.at >= since && one.at < until && key <= from && key < after,
      );
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return { rows: page, ...(last && rows.length > limit && { next: last.key }) };
    },
  };
};
