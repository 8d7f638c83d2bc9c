import { expect, it } from "vitest";
import { limitFleetsAtOnceMax } from "#shared/ledger/limit/limits.ts";
import { limitMeter } from "#shared/ledger/limit/meterLimits.ts";
import type { LimitUsageRows } from "#shared/ledger/limit/ports.ts";
import type { PeriodKey } from "#shared/ledger/usage/ports.ts";
import { type UsageCounts, zeroUsage } from "#shared/ledger/usage/usage.ts";
import type { UsageLimit } from "#shared/limit/usageLimit.ts";
import { memoryLedgerEntries } from "../../memory/delivery/ledgerEntries.ts";
import { memoryUsageRows } from "../../memory/delivery/usage.ts";
import { memoryLimitUsage, memoryUsageLimits } from "../../memory/delivery/usageLimits.ts";
import { someTime } from "../../memory/samples.ts";

const region = "us-east-1";
const minute = Math.floor(someTime / 60_000) * 60_000;
const now = minute + 5 * 60_000;
const id = "00000000000000aa";

const world = async (
  fleets: readonly string[],
  limitUsage: LimitUsageRows = memoryLimitUsage(region),
) => {
  const limits = memoryUsageLimits(region);
  for (const [n, fleet] of fleets.entries()) {
    const limit: UsageLimit = {
      ...{ id: n === 0 ? id : n.toString(16).padStart(16, "0"), fleet, scope: "fleet", limit: 100 },
      ...{ period: "day", action: "slow", createdAt: minute, revision: 0 },
    };
    await limits.add(limit);
  }
  const [rows, entries] = [memoryUsageRows(region), memoryLedgerEntries()];
  const meter = limitMeter({ limits, limitUsage, rows, entries, region, now: () => now });
  /** Counts a minute of some devices of each fleet. */
  const count = async (
    start: number,
    devices: Readonly<Record<string, number>>,
    { again = false, level = "minute" }: Partial<Pick<PeriodKey, "again" | "level">> = {},
  ) => {
    const period = await meter.begin({ level, start, again });
    const own = new Map(
      Object.entries(devices).map(([device, publishOperations]): [string, UsageCounts] => [
        device,
        { ...zeroUsage, publishOperations },
      ]),
    );
    if (own.size > 0) period?.add(new Map(fleets.map((fleet) => [fleet, own])));
    await period?.store();
  };
  const usage = async () => (await limitUsage.ofFleet("f1")).get(region);
  return { count, usage };
};

it("a minute that is counted again without usage is no longer used", async () => {
  const { count, usage } = await world(["f1"]);
  await count(minute, { d1: 5 });
  expect((await usage())?.limits[id]?.minutes).toEqual({ [minute]: 5 });
  await count(minute, {}, { again: true });
  expect((await usage())?.limits[id]?.minutes).toEqual({ [minute]: 0 });
});

it("a device stays a culprit from its last minute on, also if an earlier one is counted again", async () => {
  const { count, usage } = await world(["f1"]);
  await count(minute + 60_000, { d1: 50 });
  await count(minute, { d1: 40 }, { again: true });
  expect((await usage())?.culprits).toEqual({ d1: minute + 60_000 });
});

it("only a minute tells whether a device is a culprit", async () => {
  const { count, usage } = await world(["f1"]);
  await count(minute, { d1: 50 }, { level: "hour" });
  expect((await usage())?.culprits).toEqual({});
});

it("several fleets are stored concurrently, a limited number of them", async () => {
  const rows = memoryLimitUsage(region);
  let [open, most] = [0, 0];
  const slow: LimitUsageRows = {
    ofFleet: rows.ofFleet,
    async put(...usage) {
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      await rows.put(...usage);
      open -= 1;
    },
  };
  const fleets = Array.from({ length: 3 * limitFleetsAtOnceMax }, (_, n) => `f${n + 1}`);
  const { count } = await world(fleets, slow);
  await count(minute, { d1: 1 });
  expect(rows.puts).toBe(fleets.length);
  expect(most).toBe(limitFleetsAtOnceMax);
});
