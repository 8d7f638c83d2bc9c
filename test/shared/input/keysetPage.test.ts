import { describe, expect, it } from "vitest";
import { keysetPage } from "#shared/input/keysetPage.ts";
import { createRandom } from "../../simulation/random.ts";

interface Item {
  readonly id: string;
  readonly at: number;
}

/** The ids of all pages. `between` returns the list for the next page. */
const walk = (
  first: readonly Item[],
  { limit, order }: { limit: number; order: "asc" | "desc" },
  between: (items: readonly Item[]) => readonly Item[] = (items) => items,
): string[] => {
  const found: string[] = [];
  let items = first;
  let cursor: string | undefined;
  do {
    const keyOf = ({ at, id }: Item) => [at, id] as const;
    const page = keysetPage(items, { keyOf, order, list: { order }, limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items.map(({ id }) => id));
    cursor = page.cursor;
    items = between(items);
  } while (cursor !== undefined);
  return found;
};

const some = (count: number): Item[] =>
  Array.from({ length: count }, (_, i) => ({ id: `i${i}`, at: i % 4 }));

describe("pages of a list with a cursor", () => {
  it.each(["asc", "desc"] as const)("have each item once, in order: %s", (order) => {
    for (const limit of [1, 2, 9, 10, 11]) {
      const ids = walk(some(10), { limit, order });
      const sorted = some(10)
        .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
        .map(({ id }) => id);
      expect(ids).toEqual(order === "asc" ? sorted : sorted.toReversed());
    }
  });

  it("have each item that stays once, while others come and go", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = createRandom(seed);
      const gone = new Set<string>();
      const how = { limit: random.int(1, 5), order: random.pick(["asc", "desc"] as const) };
      let made = 100;
      const ids = walk(some(15), how, (items) => {
        const victim = random.bool(0.5) ? random.pick(items) : undefined;
        if (victim) gone.add(victim.id);
        made += 1;
        const added = random.bool(0.5) ? [{ id: `i${made}`, at: random.int(0, 3) }] : [];
        return [...items.filter((one) => one !== victim), ...added];
      });
      expect(new Set(ids).size, `seed ${seed}`).toBe(ids.length);
      const stayed = some(15).filter(({ id }) => !gone.has(id));
      expect(
        stayed.filter(({ id }) => !ids.includes(id)),
        `seed ${seed}`,
      ).toEqual([]);
    }
  });

  it("refuse a cursor of a list with other filters", () => {
    const options = { keyOf: ({ id }: Item) => [id, id] as const, order: "asc", limit: 1 } as const;
    const { cursor } = keysetPage(some(3), { ...options, list: { state: "a" }, cursor: undefined });
    const again = () => keysetPage(some(3), { ...options, list: { state: "b" }, cursor });
    expect(again).toThrow(/^cursor: belongs to a list with other filters/);
  });
});
