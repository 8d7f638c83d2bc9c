import type { Team, TeamHints, Teams } from "#shared/account/team/team.ts";

/** Teams in memory. */
export const memoryTeams = (): Teams => {
  const teams = new Map<number, Team>();
  return {
    find: async (product) => teams.get(product),
    async put(team) {
      if ((teams.get(team.product)?.revision ?? 0) !== team.revision - 1) return false;
      teams.set(team.product, team);
      return true;
    },
    async remove(product) {
      teams.delete(product);
    },
  };
};

/** Hints in memory. */
export const memoryTeamHints = (): TeamHints => {
  const hints = new Map<string, { product: number; username: string }>();
  return {
    async put({ product, username, key }) {
      hints.set(`${product}#${key}`, { product, username });
    },
    async list(wanted) {
      const found = [...hints.values()].filter(({ username }) => username === wanted);
      return [...new Set(found.map(({ product }) => product))];
    },
    async remove({ product, key }) {
      hints.delete(`${product}#${key}`);
    },
  };
};
