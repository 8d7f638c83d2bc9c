import type { Group, Groups } from "#shared/device/group/group.ts";
import { Failure } from "#shared/platform/failure.ts";

/** Groups of devices in memory. */
export const memoryGroups = (given: readonly Group[] = []): Groups => {
  const keyOf = (product: number, name: string): string => `${product} ${name}`;
  const rows = new Map(given.map((one) => [keyOf(one.product, one.name), one]));
  return {
    list: async (wanted) =>
      [...rows.values()]
        .filter(({ product }) => product === wanted)
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
    find: async (product, name) => rows.get(keyOf(product, name)),
    async add(group) {
      const key = keyOf(group.product, group.name);
      if (rows.has(key)) throw new Failure("there is one already", { code: "already_exists" });
      rows.set(key, group);
    },
    async replace(group) {
      const key = keyOf(group.product, group.name);
      if (!rows.has(key)) throw new Failure("Group not found", { code: "not_found" });
      rows.set(key, group);
    },
    async remove(product, name) {
      rows.delete(keyOf(product, name));
    },
  };
};
