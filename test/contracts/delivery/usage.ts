import { describe, expect, it } from "vitest";
import { usageRowLinesMax } from "#shared/ledger/usage/limits.ts";
import { noOpenUsage, type OpenUsageStore, type UsageRows } from "#shared/ledger/usage/ports.ts";
import {
  addToUsage,
  addUsage,
  type Usage,
  type UsageCounts,
  usageShardOf,
  zeroUsage,
} from "#shared/ledger/usage/usage.ts";

/** The start of a minute. */
const start = Date.parse("2026-01-31T10:00:00Z");

const usageOf = (fleet: string, devices: Readonly<Record<string, Partial<UsageCounts>>>): Usage => {
  const usage: Usage = new Map();
  for (const [device, some] of Object.entries(devices)) {
    addToUsage(usage, { fleet, device }, addUsage(zeroUsage, { ...zeroUsage, ...some }));
  }
  return usage;
};

const first = { level: "minute", start, again: false } as const;
const minute = { level: "minute", from: start, to: start + 60_000 } as const;

/** The contract of `UsageRows`, in two regions. */
export const usageRowsContract = (
  open: (now: () => number) => Promise<{ here: UsageRows; there: UsageRows }>,
): void => {
  const now = () => start;

  describe("usage by period", () => {
    it("is replaced, separately in each region", async () => {
      const { here, there } = await open(now);
      await here.putDevices(first, 3, usageOf("f1", { d1: { publishes: 1 } }));
      await here.putDevices(first, 3, usageOf("f1", { d1: { publishes: 2 }, d2: { free: 1 } }));
      await there.putDevices(first, 3, usageOf("f1", { d1: { functions: 4 } }));
      await there.putDevices(first, 4, usageOf("f1", { d3: { functions: 1 } }));
      expect(await here.ownDevices(minute, 3)).toEqual(
        usageOf("f1", { d1: { publishes: 2 }, d2: { free: 1 } }),
      );
      const found = await here.devices({ fleet: "f1", shard: 3, device: "d1" }, minute);
      expect(found).toHaveLength(2);
      expect(found).toContainEqual({
        start,
        region: "eu-west-1",
        devices: new Map([["d1", { ...zeroUsage, functions: 4 }]]),
      });
    });

    it("of a shard without counts is replaced by nothing if there may be rows", async () => {
      const { here } = await open(now);
      const none: Usage = new Map();
      await here.putDevices(first, 3, usageOf("f1", { d1: { publishes: 1 } }));
      await here.putDevices(first, 3, none);
      expect(await here.ownDevices(minute, 3)).not.toEqual(none);
      await here.putDevices({ ...first, again: true }, 3, none);
      expect(await here.ownDevices(minute, 3)).toEqual(none);
    });

    it("of many devices is complete, and leaves no rest when there are fewer", async () => {
      const { here } = await open(now);
      const count = usageRowLinesMax + 1;
      const names = Array.from({ length: count }, (_, i) => i.toString(16).padStart(24, "0"));
      const many = usageOf("f1", Object.fromEntries(names.map((name) => [name, { free: 7 }])));
      const key = { ...first, again: true };
      await here.putDevices(key, 3, many);
      expect((await here.ownDevices(minute, 3)).get("f1")?.size).toBe(count);
      await here.putDevices(key, 3, usageOf("f1", { d1: { publishes: 1 } }));
      expect(await here.ownDevices(minute, 3)).toEqual(usageOf("f1", { d1: { publishes: 1 } }));
    });

    it("of fleets has their sums and their largest devices, by fleet", async () => {
      const { here, there } = await open(now);
      const hour = { ...first, level: "hour" } as const;
      const top = [{ device: "d1", operations: 5 }];
      const counts = { ...zeroUsage, publishOperations: 5, deliveries: 2 };
      await here.putFleets(hour, new Map([["f1", { counts, top }]]));
      await there.putFleets(hour, new Map([["f1", { counts: zeroUsage, top: [] }]]));
      const range = { level: "hour", from: start, to: start + 1 } as const;
      const found = await here.fleet("f1", range);
      expect(found).toHaveLength(2);
      expect(found).toContainEqual({ start, region: "us-east-1", counts, top });
      expect(await here.ownFleets("hour", start)).toEqual(new Map([["f1", counts]]));
      expect(await here.ownFleets("minute", start)).toEqual(new Map());
      expect(await here.fleet("f1", { ...range, from: start + 1, to: start + 2 })).toEqual([]);
    });

    it("tells a fleet without counts from a period without counts", async () => {
      const { here } = await open(now);
      const shard = usageShardOf("f1");
      const other = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"]
        .flatMap((one) => ["1", "2", "3"].map((n) => one + n))
        .find((name) => usageShardOf(name) === shard);
      await here.putFleets(first, new Map([[other ?? "f1", { counts: zeroUsage, top: [] }]]));
      expect(await here.fleet("f1", minute)).toMatchObject([{ counts: zeroUsage }]);
    });
  });
};

/** The contract of `OpenUsageStore`. */
export const openUsageContract = (open: () => Promise<OpenUsageStore>): void => {
  describe("the open work of the meter", () => {
    it("is none at first, and then as it was stored", async () => {
      const store = await open();
      expect(await store.read()).toEqual(noOpenUsage);
      const some = {
        periods: [{ level: "hour", start, tried: true }],
        checks: [{ hour: start, slices: 3, counts: { f1: { publishes: 1 } } }],
        imbalances: [{ hour: start, fleets: 1, at: start }],
        limited: ["f1"],
      } as const;
      await store.put(
        structuredClone({
          ...some,
          periods: [...some.periods],
          checks: [...some.checks],
          imbalances: [...some.imbalances],
          limited: [...some.limited],
        }),
      );
      expect(await store.read()).toEqual(some);
    });
  });
};
