import { describe, expect, it } from "vitest";
import type { SelfTest, SelfTests } from "#shared/paging/selfTest.ts";

const region = "us-east-1";
const test: SelfTest = { id: "t1", region, at: 5, ways: ["sns", "watcher"], acknowledged: {} };

/** What every `SelfTests` does. */
export const selfTestsContract = (open: () => Promise<SelfTests>): void => {
  describe("SelfTests", () => {
    it("keep the latest test of a region, and when each way was first acknowledged", async () => {
      const tests = await open();
      expect(await tests.latest(region)).toBeUndefined();
      expect(await tests.begin(test, undefined)).toBe(true);
      expect(await tests.acknowledge(region, "t1", "sns", 7)).toBe(true);
      expect(await tests.acknowledge(region, "t1", "sns", 9)).toBe(true);
      expect(await tests.latest(region)).toEqual({ ...test, acknowledged: { sns: 7 } });
      const latest = await tests.latest(region);
      expect(await tests.begin({ ...test, id: "t2" }, latest)).toBe(true);
      expect(await tests.acknowledge(region, "t1", "watcher", 9)).toBe(false);
      expect(await tests.acknowledge("eu-west-1", "t1", "watcher", 9)).toBe(false);
      expect(await tests.latest(region)).toEqual({ ...test, id: "t2" });
    });

    it("begin one test in place of another, however many runs begin one", async () => {
      const tests = await open();
      const ids = ["t1", "t2", "t3"];
      for (const former of [undefined, { ...test, id: "t1" }]) {
        const begun = await Promise.all(
          ids.map((id) => tests.begin({ ...test, id: former ? `${id}b` : "t1" }, former)),
        );
        expect(begun.filter(Boolean)).toHaveLength(1);
      }
      expect((await tests.latest(region))?.id).toMatch(/^t\db$/);
      expect(await tests.begin(test, test)).toBe(false);
    });

    it("have one key", async () => {
      const tests = await open();
      const [one, other] = await Promise.all([tests.key(), tests.key()]);
      expect(one).toBe(other);
      expect(await tests.key()).toBe(one);
    });
  });
};
