import { describe, expect, it } from "vitest";
import type { Releases } from "#shared/release/releases.ts";
import { aRelease, product } from "../../memory/release/samples.ts";

/** Contract of every implementation of the definitions of releases. */
export const releasesContract = (open: () => Promise<Releases>): void => {
  describe("releases", () => {
    it("are found by product and id", async () => {
      const releases = await open();
      const release = aRelease({
        waves: [
          { devices: ["0".repeat(24)], soakMs: 1 },
          { groups: ["beta"], soakMs: 2 },
          { percent: 12.5, soakMs: 3 },
        ],
        window: { from: 1_320, to: 360 },
      });
      await releases.add(release);
      expect(await releases.find(release)).toEqual(release);
      expect(await releases.find({ product: product + 1, id: release.id })).toBeUndefined();
    });

    it("are listed by product in pages, newest first", async () => {
      const releases = await open();
      for (const id of ["a", "c", "b"]) await releases.add(aRelease({ id }));
      await releases.add(aRelease({ id: "d", product: product + 1 }));
      const first = await releases.page(product, { limit: 2 });
      expect(first.releases.map(({ id }) => id)).toEqual(["c", "b"]);
      expect(first.hasMore).toBe(true);
      const second = await releases.page(product, { limit: 2, after: "b" });
      expect(second.releases.map(({ id }) => id)).toEqual(["a"]);
      expect(second.hasMore).toBe(false);
    });

    it("have one turn at a time", async () => {
      const releases = await open();
      expect(await releases.turn(product)).toBe(0);
      const take = (turn: number) => releases.takeTurn(product, turn);
      const first = await Promise.all([take(0), take(0), take(0)]);
      expect(first.toSorted()).toEqual([false, false, true]);
      expect([await releases.turn(product), await take(0), await take(1)]).toEqual([
        1,
        false,
        true,
      ]);
      expect([await releases.turn(product), await releases.turn(product + 1)]).toEqual([2, 0]);
      expect(await releases.active()).toEqual([]);
    });

    it("are active until they end", async () => {
      const releases = await open();
      await releases.add(aRelease({ id: "a" }));
      await releases.add(aRelease({ id: "b", product: product + 1 }));
      await releases.add(aRelease({ id: "c", product: product * 10 }));
      expect(await releases.active(product)).toEqual([{ product, id: "a" }]);
      expect(await releases.active()).toHaveLength(3);
      await releases.end({ product, id: "a" });
      await releases.end({ product, id: "a" });
      expect(await releases.active(product)).toEqual([]);
      expect(await releases.find({ product, id: "a" })).toBeDefined();
      await releases.activate({ product, id: "a" });
      expect(await releases.active(product)).toEqual([{ product, id: "a" }]);
    });
  });
};
