import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregateLedger } from "#shared/ledger/aggregateLedger.ts";
import { entryOfPlan } from "#shared/ledger/entry.ts";
import { aggregateUsage } from "#shared/ledger/usage/aggregateUsage.ts";
import { forecastUsage } from "#shared/ledger/usage/forecast.ts";
import { listDeviceUsage, readUsage } from "#shared/ledger/usage/readUsage.ts";
import { showback } from "#shared/ledger/usage/showback.ts";
import { operationsOf, zeroUsage } from "#shared/ledger/usage/usage.ts";
import { memoryLedgerEntries } from "../../memory/delivery/ledgerEntries.ts";
import { memoryLedgerRows } from "../../memory/delivery/ledgerRows.ts";
import { memoryOpenUsage, memoryUsageRows, memoryUsageTable } from "../../memory/delivery/usage.ts";
import { stoppedClock } from "../../memory/samples.ts";

const start = Date.parse("2026-01-10T00:00:00Z");
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

interface Sent {
  readonly at: number;
  readonly device?: string;
  readonly kilobytes?: number;
}

/** Two regions with a meter each, and a common table. */
const world = () => {
  const clock = stoppedClock(start);
  const table = memoryUsageTable();
  const names = ["us-east-1", "eu-west-1"];
  const regions = names.map((region) => {
    const entries = memoryLedgerEntries();
    const deps = { entries, openUsage: memoryOpenUsage(), now: clock.now };
    const rows = memoryUsageRows(region, table);
    let sent = 0;
    return {
      rows,
      send: (events: readonly Sent[]) =>
        entries.add(
          events.map(({ at, device = "d1", kilobytes = 1 }) => {
            sent += 1;
            const metered = { fleet: "f1", device, kind: "publish", kilobytes } as const;
            return entryOfPlan({ event: `e${sent}`, acceptedAt: at, at, to: [], metered });
          }),
          clock.ms,
        ),
      run: async () => {
        await aggregateLedger(Number.POSITIVE_INFINITY, { ...deps, rows: memoryLedgerRows() });
        await aggregateUsage(Number.POSITIVE_INFINITY, { ...deps, rows });
      },
    };
  });
  const [one, other] = regions;
  if (one === undefined || other === undefined) throw new Error("two regions");
  return { clock, one, other, deps: { usage: one.rows, regions: names, now: clock.now } };
};

describe("a report of usage", () => {
  it("has each operation once, at any time and in any range of hours, from both regions", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(50 * hour), { minLength: 1, maxLength: 10 }),
        fc.nat(60 * hour),
        fc.nat(50),
        fc.nat(50),
        async (times, later, fromHour, hours) => {
          const { clock, one, other, deps } = world();
          const sent = times.map((at) => ({ at: start + at }));
          for (const [i, event] of sent.entries()) {
            await (i % 2 === 0 ? one : other).send([event]);
          }
          // One region counts now, and the other one counted an hour ago.
          clock.ms = start + 51 * hour + later;
          await one.run();
          await other.run();
          const from = start + fromHour * hour;
          const to = Math.min(from + (hours + 1) * hour, clock.ms);
          if (from >= to) return;
          const inRange = sent.filter(({ at }) => at >= from && at < to).length;
          for (const whose of [{ fleet: "f1" }, { fleet: "f1", device: "d1" }]) {
            const report = await readUsage({ ...whose, from, to, step: "hour" }, deps);
            expect(operationsOf(report.total)).toBe(inRange);
            const steps = report.steps.map(({ counts }) => operationsOf(counts));
            expect(steps.reduce((sum, count) => sum + count, 0)).toBe(inRange);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("shows a minute soon after its end, and what a lost region had counted before", async () => {
    const { clock, one, other, deps } = world();
    await one.send([{ at: start }]);
    await other.send([{ at: start, kilobytes: 3 }]);
    clock.ms = start + minute + 30_000;
    await one.run();
    await other.run();
    const read = () => readUsage({ fleet: "f1", step: "hour" }, deps);
    expect(operationsOf((await read()).total)).toBe(4);
    // The other region is lost: its hour is never stored.
    clock.ms = start + 3 * hour;
    await one.run();
    expect(operationsOf((await read()).total)).toBe(4);
    // It is back, with events from before.
    await other.send([{ at: start + 2 * minute }]);
    await other.run();
    expect(operationsOf((await read()).total)).toBe(5);
  });

  it("names the devices with the most operations", async () => {
    const { clock, one, deps } = world();
    await one.send([
      { at: start, device: "d1", kilobytes: 2 },
      { at: start, device: "d2", kilobytes: 9 },
      { at: start + hour, device: "d1", kilobytes: 8 },
    ]);
    clock.ms = start + 3 * hour;
    await one.run();
    const { top } = await readUsage({ fleet: "f1", step: "hour" }, deps);
    expect(top).toEqual([
      { device: "d1", operations: 10 },
      { device: "d2", operations: 9 },
    ]);
  });

  it("refuses an empty range, and one that is too long or too old", async () => {
    const { clock, deps } = world();
    clock.ms = start + 2 * day;
    const read = (from: number, to: number, step: "hour" | "day" = "hour") =>
      readUsage({ fleet: "f1", from, to, step }, deps);
    await expect(read(start + hour, start)).rejects.toThrow("from: must be earlier than to");
    await expect(read(start - 60 * day, start)).rejects.toThrow("are kept");
    await expect(read(start - 40 * day, start)).rejects.toThrow("use by=day");
    expect((await read(start - 40 * day, start, "day")).total).toEqual(zeroUsage);
  });
});

describe("a list of devices with usage", () => {
  it("has every device once, on pages of any size", async () => {
    const { clock, one, deps } = world();
    const devices = Array.from({ length: 25 }, (_, i) => `d${i}`);
    await one.send(devices.map((device, i) => ({ at: start, device, kilobytes: i + 1 })));
    clock.ms = start + 2 * day;
    await one.run();
    for (const limit of [1, 7, 25, 100]) {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listDeviceUsage({ fleet: "f1", from: start, limit, cursor }, deps);
        expect(page.devices.length).toBeLessThanOrEqual(limit);
        found.push(...page.devices.map(({ device }) => device));
        ({ cursor } = page);
      } while (cursor !== undefined);
      expect(found.toSorted()).toEqual(devices.toSorted());
      if (limit === 100) expect(found[0]).toBe("d24");
    }
  });
});

describe("the forecast of a month", () => {
  it("is what was counted, and the rest as the last seven days", async () => {
    const { clock, one, deps } = world();
    for (let n = 0; n < 10; n += 1) await one.send([{ at: start + n * day, kilobytes: 10 }]);
    clock.ms = start + 10 * day;
    await one.run();
    const { operations, expected, to } = await forecastUsage({ fleet: "f1" }, deps);
    expect(operations).toBe(100);
    expect(to).toBe(Date.parse("2026-02-01T00:00:00Z"));
    expect(expected).toBe(100 + 12 * 10);
  });
});

describe("the showback", () => {
  it("has prices for what was counted, and is nothing for nothing", () => {
    expect(showback(zeroUsage)).toEqual([]);
    const million = { ...zeroUsage, publishes: 1e6, publishOperations: 1e6, deliveries: 1e6 };
    const sum = showback(million).reduce((all, one) => all + one.dollars, 0);
    // `npm run cost`: about $1.8 for a million events with one delivery, of which $0.2 is traffic.
    expect(sum).toBeGreaterThan(1);
    expect(sum).toBeLessThan(4);
    const calls = showback({ ...zeroUsage, functions: 1e6 }).reduce(
      (all, one) => all + one.dollars,
      0,
    );
    expect(calls).toBeGreaterThan(5);
  });
});
