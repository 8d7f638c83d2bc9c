import { describe, expect, it } from "vitest";
import type { RunLeases } from "#shared/platform/runAlone.ts";
import { someTime } from "../../memory/samples.ts";

const now = someTime;
const until = now + 60_000;
const first = { name: "ledger", run: "1", until };
const second = { name: "ledger", run: "2", until };

/** Contract of every implementation of `RunLeases`. */
export const runLeasesContract = (open: () => Promise<RunLeases>): void => {
  describe("the lease of a function's run", () => {
    it("is held by one run at a time, for each function", async () => {
      const leases = await open();
      expect(await leases.acquire(first, now)).toBe(true);
      expect(await leases.acquire(second, now)).toBe(false);
      expect(await leases.acquire({ ...second, name: "watch" }, now)).toBe(true);
    });

    it("is acquired once by runs that start at the same time", async () => {
      const leases = await open();
      const runs = Array.from({ length: 8 }, (_, i) => ({ ...first, run: String(i) }));
      const held = await Promise.all(runs.map((run) => leases.acquire(run, now)));
      expect(held.filter(Boolean)).toHaveLength(1);
    });

    it("is acquired again by its own run, whose request was repeated", async () => {
      const leases = await open();
      await leases.acquire(first, now);
      expect(await leases.acquire(first, now)).toBe(true);
    });

    it("is free when it is released or has ended", async () => {
      const leases = await open();
      await leases.acquire(first, now);
      await leases.release(first);
      expect(await leases.acquire(second, now)).toBe(true);
      expect(await leases.acquire(first, until - 1)).toBe(false);
      expect(await leases.acquire({ ...first, until: until + 60_000 }, until)).toBe(true);
    });

    it("is not released by a run whose lease has ended", async () => {
      const leases = await open();
      await leases.acquire(first, now);
      expect(await leases.acquire({ ...second, until: until + 60_000 }, until)).toBe(true);
      await leases.release(first);
      expect(await leases.acquire({ ...first, run: "3", until: until + 60_000 }, until)).toBe(
        false,
      );
    });

    it("that is free can be released", async () => {
      const leases = await open();
      await leases.release(first);
      expect(await leases.acquire(first, now)).toBe(true);
    });
  });
};
