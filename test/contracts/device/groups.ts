import { describe, expect, it } from "vitest";
import type { Group, Groups } from "#shared/device/group/group.ts";

const beta: Group = { product: 1, name: "beta", createdAt: "2026-01-01T00:00:00.000Z" };

/** Every implementation of `Groups` has these properties. */
export const groupsContract = (open: () => Promise<Groups>): void => {
  describe("Groups", () => {
    it("lists the groups of a product by name", async () => {
      const groups = await open();
      const alpha = { ...beta, name: "alpha", description: "first", color: "#fff" };
      await groups.add(beta);
      await groups.add(alpha);
      await groups.add({ ...beta, product: 11 });
      expect(await groups.list(1)).toEqual([alpha, beta]);
      expect(await groups.list(2)).toEqual([]);
    });

    it("adds a group once, and replaces only one that exists", async () => {
      const groups = await open();
      await expect(groups.replace(beta)).rejects.toMatchObject({ code: "not_found" });
      await groups.add({ ...beta, renamedFrom: "old" });
      await expect(groups.add(beta)).rejects.toMatchObject({ code: "already_exists" });
      await groups.replace({ ...beta, color: "red" });
      expect(await groups.find(1, "beta")).toEqual({ ...beta, color: "red" });
    });

    it("removes a group, also one that is gone", async () => {
      const groups = await open();
      await groups.add(beta);
      await groups.remove(1, "beta");
      await groups.remove(1, "beta");
      expect(await groups.find(1, "beta")).toBeUndefined();
      expect(await groups.find(1, "")).toBeUndefined();
    });
  });
};
