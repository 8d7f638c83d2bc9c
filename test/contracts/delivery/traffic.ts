import { describe, expect, it } from "vitest";
import type { Traffic, TrafficCount } from "#shared/ledger/traffic.ts";

/** The start of an hour. */
const hour = Date.parse("2026-01-31T10:00:00Z");
const minute = (n: number): number => hour + n * 60_000;

const events = (at: number, count: number, fleet = "f1"): TrafficCount => ({
  fleet,
  metric: "events",
  at,
  counts: [count],
});

/** The contract of `Traffic`, in two regions. */
export const trafficContract = (
  open: (now: () => number) => Promise<{ here: Traffic; there: Traffic }>,
): void => {
  const now = () => hour;
  const all = { from: 0, to: minute(600) };

  describe("events and calls", () => {
    it("are added up by the minute", async () => {
      const { here } = await open(now);
      await here.add([events(minute(59) + 59_999, 2), events(minute(60), 3)]);
      await here.add([events(minute(59), 5), events(minute(59), 0), events(minute(59), 7, "f2")]);
      expect(await here.minutes({ fleet: "f1", metric: "events" }, all)).toEqual([
        { at: minute(59), counts: [7] },
        { at: minute(60), counts: [3] },
      ]);
      expect(await here.minutes({ fleet: "f3", metric: "events" }, all)).toEqual([]);
    });

    it("are separate for the fleet, for each device in it, and for each metric", async () => {
      const { here } = await open(now);
      const call = { fleet: "f1", metric: "calls", at: minute(1) } as const;
      await here.add([
        { ...call, counts: [1, 0] },
        { ...call, counts: [0, 2] },
        { ...call, device: "d1", counts: [0, 2] },
        { ...call, fleet: "f2", device: "d1", counts: [4, 0] },
        events(minute(1), 9),
      ]);
      const at = minute(1);
      const of = { fleet: "f1", metric: "calls" } as const;
      expect(await here.minutes(of, all)).toEqual([{ at, counts: [1, 2] }]);
      expect(await here.minutes({ ...of, device: "d1" }, all)).toEqual([{ at, counts: [0, 2] }]);
      expect(await here.minutes({ ...of, device: "d2" }, all)).toEqual([]);
    });

    it("are read of all regions and of a time range", async () => {
      const { here, there } = await open(now);
      for (const n of [58, 59, 60, 61]) await here.add([events(minute(n), n)]);
      await there.add([events(minute(60), 1)]);
      const range = { from: minute(59) + 1, to: minute(60) + 1 };
      const found = await here.minutes({ fleet: "f1", metric: "events" }, range);
      expect(found.map(({ at }) => at)).toEqual(
        found.length === 3 ? [minute(59), minute(60), minute(60)] : [minute(59), minute(60)],
      );
      expect(found.reduce((sum, { counts: [n = 0] }) => sum + n, 0)).toBe(59 + 60 + 1);
    });
  });
};
