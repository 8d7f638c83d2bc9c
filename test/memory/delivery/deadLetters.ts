import { type DeadLetter, type DeadLetters, deadLetterKeyOf } from "#shared/delivery/deadLetter.ts";
import { deadLetterDays } from "#shared/delivery/limits.ts";

const dayMs = 86_400_000;

/** Dead letters in memory. */
export const memoryDeadLetters = (now: () => number): DeadLetters => {
  const rows = new Map<string, DeadLetter>();
  const sortKey = ({ buriedAt, delivery }: DeadLetter) =>
    `${String(buriedAt).padStart(15, "0")}#${delivery.id}`;
  return {
    async put(deadLetter) {
      rows.set(`${deadLetter.delivery.integration} ${sortKey(deadLetter)}`, deadLetter);
    },
    async list(integration, { limit, after, order = "newest first", from = 0, before }) {
      const sign = order === "newest first" ? 1 : -1;
      const isBefore = (a: string, b: string) => (order === "newest first" ? a > b : a < b);
      const found = [...rows.values()]
        .filter(({ delivery }) => delivery.integration === integration)
        .filter(({ buriedAt }) => buriedAt + deadLetterDays * dayMs > now())
        .filter(({ buriedAt }) => buriedAt >= from && (before === undefined || buriedAt < before))
        .map((deadLetter) => ({ deadLetter, key: sortKey(deadLetter) }))
        .filter(({ key }) => after === undefined || isBefore(after, key))
        .sort((a, b) => (a.key < b.key ? sign : -sign));
      const page = found.slice(0, limit);
      const next = found.length > limit ? page.at(-1)?.key : undefined;
      return {
        deadLetters: page.map(({ deadLetter }) => deadLetter),
        ...(next !== undefined && { next }),
      };
    },
    async remove(integration, keys) {
      const removed = new Set(keys.map(({ id, buriedAt }) => `${buriedAt} ${id}`));
      for (const [key, one] of rows) {
        const { id, buriedAt } = deadLetterKeyOf(one);
        const isRemoved = removed.has(`${buriedAt} ${id}`);
        if (isRemoved && one.delivery.integration === integration) rows.delete(key);
      }
    },
  };
};
