import type { Release } from "#shared/release/model/release.ts";
import type { Releases } from "#shared/release/releases.ts";

/** The definitions of releases in memory, with the ids of the active ones. */
export interface ReleaseTable {
  readonly all: Map<string, Release>;
  readonly active: Set<string>;
  readonly turns: Map<number, number>;
}

/** Releases in memory. Give several regions the same `table`, and they are replicated. */
export const memoryReleases = (
  table: ReleaseTable = { all: new Map(), active: new Set(), turns: new Map() },
): Releases & { readonly table: ReleaseTable } => {
  const key = ({ product, id }: { product: number; id: string }) => `${product}#${id}`;
  return {
    table,
    async add(release) {
      table.active.add(key(release));
      table.all.set(key(release), release);
    },
    find: async (of) => table.all.get(key(of)),
    async page(product, { limit, after }) {
      const own = [...table.all.values()]
        .filter((one) => one.product === product && (after === undefined || one.id < after))
        .toSorted((one, other) => (one.id < other.id ? 1 : -1));
      return { releases: own.slice(0, limit), hasMore: own.length > limit };
    },
    async active(product) {
      return [...table.active].flatMap((of) => {
        const [number = "", id = ""] = of.split("#");
        const isWanted = product === undefined || Number(number) === product;
        return isWanted ? [{ product: Number(number), id }] : [];
      });
    },
    activate: async (of) => void table.active.add(key(of)),
    end: async (of) => void table.active.delete(key(of)),
    turn: async (product) => table.turns.get(product) ?? 0,
    async takeTurn(product, turn) {
      if ((table.turns.get(product) ?? 0) !== turn) return false;
      table.turns.set(product, turn + 1);
      return true;
    },
  };
};
