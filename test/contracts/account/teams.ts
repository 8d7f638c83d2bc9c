import { describe, expect, it } from "vitest";
import type { Team, TeamHints, Teams } from "#shared/account/team/team.ts";

const team: Team = {
  product: 100_000_001,
  revision: 1,
  members: [{ fleet: "f1", username: "bob", role: "viewer", since: "2026", invitedBy: "ada" }],
  invitations: [
    {
      id: "i1",
      username: "eve",
      role: "support",
      invitedBy: "ada",
      createdAt: "2026",
      expiresAt: 1_735_787_045_678,
    },
  ],
};

/** Contract of every implementation of `Teams`. */
export const teamsContract = (open: () => Promise<Teams>): void => {
  describe("teams", () => {
    it("find the stored team, and none for another product", async () => {
      const teams = await open();
      expect(await teams.find(team.product)).toBeUndefined();
      expect(await teams.put(team)).toBe(true);
      expect(await teams.find(team.product)).toEqual(team);
      expect(await teams.find(team.product + 1)).toBeUndefined();
      await teams.remove(team.product);
      expect(await teams.find(team.product)).toBeUndefined();
    });

    it("accept only the next revision, from one of several concurrent writes", async () => {
      const teams = await open();
      const first = await Promise.all([1, 2, 3].map(() => teams.put(team)));
      expect(first.filter(Boolean)).toHaveLength(1);
      const next = { ...team, revision: 2, members: [] };
      const second = await Promise.all([1, 2, 3].map(() => teams.put(next)));
      expect(second.filter(Boolean)).toHaveLength(1);
      expect(await teams.put({ ...team, revision: 9 })).toBe(false);
      expect(await teams.find(team.product)).toEqual(next);
    });
  });
};

/** Contract of every implementation of `TeamHints`. */
export const teamHintsContract = (open: () => Promise<TeamHints>): void => {
  describe("team hints", () => {
    it("list each product of a member's name once, until they are removed", async () => {
      const hints = await open();
      await hints.put({ product: 1, username: "bob", key: "bob", expiresAt: 5_000_000_000_000 });
      await hints.put({ product: 1, username: "bob", key: "f1" });
      await hints.put({ product: 2, username: "bob", key: "f1" });
      await hints.put({ product: 3, username: "eve", key: "f2" });
      expect((await hints.list("bob")).toSorted()).toEqual([1, 2]);
      await hints.remove({ product: 1, key: "bob" });
      expect((await hints.list("bob")).toSorted()).toEqual([1, 2]);
      await hints.remove({ product: 1, key: "f1" });
      expect(await hints.list("bob")).toEqual([2]);
      expect(await hints.list("nobody")).toEqual([]);
    });
  });
};
