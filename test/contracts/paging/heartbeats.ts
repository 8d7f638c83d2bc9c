import { describe, expect, it } from "vitest";
import type { Heartbeats } from "#shared/paging/heartbeats.ts";

const [a, b] = ["us-east-1", "eu-west-1"];

/** What every `Heartbeats` does. */
export const heartbeatsContract = (open: () => Promise<Heartbeats>): void => {
  describe("Heartbeats", () => {
    it("are none at first", async () => {
      expect(await (await open()).list(a)).toEqual([]);
    });

    it("keep the latest heartbeat of each pair of regions, in any order", async () => {
      const heartbeats = await open();
      await heartbeats.record({ from: a, by: b, at: 2 });
      await heartbeats.record({ from: a, by: b, at: 1 });
      await heartbeats.record({ from: b, by: b, at: 3 });
      await heartbeats.record({ from: b, by: a, at: 9 });
      expect((await heartbeats.list(b)).sort((one, other) => one.at - other.at)).toEqual([
        { from: a, by: b, at: 2 },
        { from: b, by: b, at: 3 },
      ]);
    });
  });
};
