import { describe, expect, it } from "vitest";
import type { ClaimCertificates } from "#shared/device/provision/claimCertificates.ts";

/** The contract of every `ClaimCertificates`. */
export const claimCertificatesContract = (open: () => Promise<ClaimCertificates>): void => {
  describe("claim certificates", () => {
    const one = { id: "a", pem: "PEM", product: 7, createdAt: 1 };

    it("are found by id and listed by product, in their latest version", async () => {
      const claims = await open();
      expect(await claims.find("a")).toBeUndefined();
      await claims.put(one);
      await claims.put({ ...one, id: "b", prefix: "SN-" });
      await claims.put({ ...one, id: "c", product: 8 });
      await claims.put({ ...one, endedAt: 2 });
      expect(await claims.find("a")).toEqual({ ...one, endedAt: 2 });
      expect(await claims.find("b")).toEqual({ ...one, id: "b", prefix: "SN-" });
      expect((await claims.list(7, 10)).map(({ id }) => id).sort()).toEqual(["a", "b"]);
      expect(await claims.list(7, 1)).toHaveLength(1);
    });

    it("count their uses per minute, also concurrent ones", async () => {
      const claims = await open();
      const counts = await Promise.all([1, 2, 3].map(() => claims.count("a", 5)));
      expect(counts.sort()).toEqual([1, 2, 3]);
      expect(await claims.count("a", 6)).toBe(1);
      expect(await claims.count("b", 5)).toBe(1);
    });

    it("lists the pending work of this region until the latest entry is completed", async () => {
      const claims = await open();
      await claims.addPending({ id: "a", since: 1 }, ["r1", "r2"]);
      await claims.addPending({ id: "b", since: 1 }, ["r2"]);
      expect(await claims.listPending(10)).toEqual([{ id: "a", since: 1 }]);
      await claims.addPending({ id: "a", since: 2 }, ["r1"]);
      await claims.completePending({ id: "a", since: 1 });
      expect(await claims.listPending(10)).toEqual([{ id: "a", since: 2 }]);
      await claims.completePending({ id: "a", since: 2 });
      expect(await claims.listPending(10)).toEqual([]);
    });
  });
};
