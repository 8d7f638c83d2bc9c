import { describe, expect, it } from "vitest";
import { BoundedMap } from "#shared/platform/boundedMap.ts";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";

describe("mapConcurrently", () => {
  it("keeps the order of the items and never exceeds the concurrency", async () => {
    let running = 0;
    let highest = 0;
    const results = await mapConcurrently([5, 1, 4, 2, 3], 2, async (item) => {
      running += 1;
      highest = Math.max(highest, running);
      for (let i = 0; i < item; i += 1) await undefined;
      running -= 1;
      return item * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(highest).toBe(2);
  });

  it("takes items lazily and starts no further one after an error", async () => {
    const taken: number[] = [];
    function* items() {
      for (let i = 1; ; i += 1) {
        taken.push(i);
        yield i;
      }
    }
    const failing = mapConcurrently(items(), 2, async (item) => {
      if (item === 3) throw new Error("item 3");
    });
    await expect(failing).rejects.toThrow("item 3");
    expect(taken.length).toBeLessThanOrEqual(4);
  });
});

describe("BoundedMap", () => {
  it("removes the entry that was set first, and counts a repeated set as new", () => {
    const map = new BoundedMap<string, number>(2);
    map.set("a", 1).set("b", 2).set("a", 3).set("c", 4);
    expect([...map]).toEqual([
      ["a", 3],
      ["c", 4],
    ]);
  });
});

describe("omitUndefined", () => {
  it("keeps null, zero and empty text", () => {
    const given: Record<string, unknown> = { a: undefined, b: null, c: 0, d: "" };
    expect(omitUndefined(given)).toStrictEqual({ b: null, c: 0, d: "" });
  });
});
