import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregateLedger } from "#shared/ledger/aggregateLedger.ts";
import { entryOfPlan, type LedgerEntry } from "#shared/ledger/entry.ts";
import { checkLimits } from "#shared/ledger/limit/checkLimits.ts";
import { limitStatus } from "#shared/ledger/limit/limitStatus.ts";
import { limitMeter } from "#shared/ledger/limit/meterLimits.ts";
import { countsOf, type LimitUsage, type UsageNotice } from "#shared/ledger/limit/ports.ts";
import { noticeSender } from "#shared/ledger/limit/sendNotices.ts";
import { aggregateUsage } from "#shared/ledger/usage/aggregateUsage.ts";
import type { FleetUsage } from "#shared/ledger/usage/ports.ts";
import { zeroUsage } from "#shared/ledger/usage/usage.ts";
import type { UsageLimit } from "#shared/limit/usageLimit.ts";
import { memoryLedgerEntries } from "../../memory/delivery/ledgerEntries.ts";
import { memoryLedgerRows } from "../../memory/delivery/ledgerRows.ts";
import { memoryOpenUsage, memoryUsageRows, memoryUsageTable } from "../../memory/delivery/usage.ts";
import {
  type LimitTable,
  memoryLimitTable,
  memoryLimitUsage,
  memoryUsageLimits,
  memoryUsageNotices,
} from "../../memory/delivery/usageLimits.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import { stoppedClock } from "../../memory/samples.ts";

/** The start of a day, the third last of its month. */
const start = Date.parse("2026-01-29T00:00:00Z");
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const [pump, lamp] = ["0123456789abcdef00000001", "0123456789abcdef00000002"] as const;

const aLimit = (some: Partial<UsageLimit> = {}): UsageLimit => ({
  id: "00000000000000aa",
  fleet: "f1",
  scope: "fleet",
  period: "day",
  limit: 100,
  action: "notify",
  createdAt: start,
  revision: 0,
  ...some,
});

let events = 0;
/** Entries of some events of a device, at a time. */
const published = (device: string, count: number, acceptedAt: number): LedgerEntry[] =>
  Array.from({ length: count }, () => {
    events += 1;
    const metered = { fleet: "f1", device, kind: "publish", kilobytes: 1 } as const;
    return entryOfPlan({ event: `e${events}`, acceptedAt, at: acceptedAt, to: ["hook"], metered });
  });

type Around = <Port extends object>(port: Port) => Port;

/** What the regions of a deployment share. */
const deployment = (limits: readonly UsageLimit[]) => {
  const table: LimitTable = memoryLimitTable();
  for (const limit of limits) table.limits.set(limit.id, limit);
  return {
    clock: stoppedClock(start),
    table,
    usage: memoryUsageTable(),
    limitRows: new Map<string, LimitUsage>(),
    notices: new Map<string, UsageNotice>(),
  };
};

/** The run of `ledger` in one region, all ports of which `around` may replace. */
const regionOf = (
  { clock, table, usage, limitRows, notices }: ReturnType<typeof deployment>,
  region = "us-east-1",
  around: Around = (port) => port,
) => {
  const entries = memoryLedgerEntries();
  const openUsage = around(memoryOpenUsage());
  const rows = around(memoryUsageRows(region, usage));
  const limits = around(memoryUsageLimits(region, table));
  const limitUsage = around(memoryLimitUsage(region, limitRows));
  const broker = memoryBroker();
  const mails: string[] = [];
  const errors: unknown[] = [];
  const { now } = clock;
  const deps = { limits, limitUsage, rows, entries: around(entries), region, openUsage, now };
  const sender = noticeSender({
    notices: around(memoryUsageNotices(notices)),
    broker: around(broker),
    mail: async ({ kind }) => void mails.push(kind),
    region,
    now,
  });
  const onError = (_: string, error: unknown) => void errors.push(error);
  const run = async (): Promise<void> => {
    const ledger = { entries: around(entries), rows: memoryLedgerRows(), openUsage, now };
    await aggregateLedger(Number.POSITIVE_INFINITY, ledger);
    const meter = { entries: around(entries), rows, openUsage, limits: limitMeter(deps), now };
    await aggregateUsage(Number.POSITIVE_INFINITY, meter);
    await checkLimits(Number.POSITIVE_INFINITY, { ...deps, notices: sender, onError });
  };
  const bodies = () => broker.published.map(({ payload }) => JSON.parse(payload.toString()));
  return { entries, limits, broker, mails, errors, run, bodies, openUsage, limitUsage };
};

const usageOf = (publishes: number): FleetUsage => ({
  counts: { ...zeroUsage, publishes },
  top: [],
});

const kindsOf = (bodies: readonly { kind: string; percent: number | null }[]) =>
  bodies.map(({ kind, percent }) => (kind === "forecast" ? kind : percent));

const usedOf = ({ limitRows, clock }: ReturnType<typeof deployment>, limit: UsageLimit): number => {
  const rows = new Map([...limitRows].map(([key, usage]) => [key.split(" ")[0] ?? "", usage]));
  return limitStatus(limit, countsOf(rows, limit.id), clock.ms).used;
};

describe("the usage of a limit", () => {
  it("is what was accepted in the period, for any order, repeats, crashes and regions", async () => {
    const anyPublish = fc.record({
      at: fc.integer({ min: 0, max: 3 * day - 1 }),
      device: fc.constantFrom(pump, lamp),
      region: fc.nat(1),
      arrives: fc.integer({ min: 0, max: 3 }),
    });
    const limits = [
      aLimit({ id: "00000000000000aa", period: "month" }),
      aLimit({ id: "00000000000000bb", scope: "device", target: pump, period: "month" }),
      aLimit({ id: "00000000000000cc", scope: "device", target: lamp }),
      aLimit({ id: "00000000000000dd", scope: "integration", target: "hook", period: "month" }),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyPublish, { minLength: 1, maxLength: 10 }),
        fc.nat(120),
        async (all, crashAt) => {
          const shared = deployment(limits);
          let steps = 0;
          /** The worker crashes once, before or after one of its calls. */
          const dying: Around = (port) =>
            new Proxy(port, {
              get: (of, name, self) => {
                const member: unknown = Reflect.get(of, name, self);
                if (typeof member !== "function") return member;
                return async (...input: unknown[]) => {
                  if (steps++ === crashAt) throw new Error("killed");
                  const result: unknown = await member(...input);
                  if (steps++ === crashAt) throw new Error("killed");
                  return result;
                };
              },
            });
          const regions = ["us-east-1", "eu-west-1"].map((name) => regionOf(shared, name, dying));
          const sent = all.map((one) => ({
            ...one,
            entries: published(one.device, 1, start + one.at),
          }));
          // Some entries arrive up to three hours late, and twice.
          for (let now = 0; now <= 3 * day; now += 50 * minute) {
            for (const { at, arrives, region, entries } of sent) {
              const due = at + arrives * hour;
              const isDue = due >= now - 50 * minute && due < now;
              if (isDue) await regions[region]?.entries.add([...entries, ...entries], start + due);
            }
            shared.clock.ms = start + Math.min(now, 3 * day - 1);
            for (const { run } of regions) await run().catch(() => run());
          }
          const counted = sent.filter(
            ({ at, arrives }) => at + arrives * hour < 3 * day - 2 * hour,
          );
          const left = sent.filter((one) => !counted.includes(one));
          if (left.length > 0) return;
          const onDay = counted.filter(({ at }) => at >= 2 * day);
          const of = (some: typeof sent, device: string) =>
            some.filter((one) => one.device === device).length;
          expect(limits.map((limit) => usedOf(shared, limit))).toEqual([
            counted.length,
            of(counted, pump),
            of(onDay, lamp),
            counted.length,
          ]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("of a new limit begins with the stored usage of its period", async () => {
    const shared = deployment([]);
    const { entries, limits, run } = regionOf(shared);
    await entries.add(published(pump, 7, start + day - hour), start);
    await entries.add(published(pump, 3, start + day + hour), start);
    shared.clock.ms = start + day + 2 * hour;
    await run();
    const limit = aLimit({ scope: "device", target: pump, period: "month" });
    await limits.add(limit);
    await entries.add(published(pump, 1, shared.clock.ms), start);
    shared.clock.ms += 2 * minute;
    await run();
    expect(usedOf(shared, limit)).toBe(11);
  });

  it("costs one write a minute for a fleet with limits, and none for the others", async () => {
    const shared = deployment([]);
    const { entries, limits, run, limitUsage } = regionOf(shared);
    const step = async () => {
      await entries.add(published(pump, 500, shared.clock.ms), shared.clock.ms);
      shared.clock.ms += 2 * minute;
      await run();
    };
    await step();
    expect(limitUsage.puts).toBe(0);
    await limits.add(aLimit({ limit: 1_000_000 }));
    for (let i = 0; i < 10; i += 1) await step();
    expect(limitUsage.puts).toBe(10);
  });
});

describe("notices about a limit", () => {
  it("are sent once at 50, 70, 90 and 100 %, with their numbers", async () => {
    const shared = deployment([aLimit({ name: "all pumps" })]);
    const { entries, run, bodies, broker, mails } = regionOf(shared);
    const use = async (count: number) => {
      await entries.add(published(pump, count, shared.clock.ms), shared.clock.ms);
      shared.clock.ms += 2 * minute;
      await run();
      await run();
    };
    await use(49);
    expect(bodies()).toEqual([]);
    await use(1);
    expect(bodies()).toMatchObject([
      { kind: "threshold", percent: 50, name: "all pumps", limit: 100, used: 50, scope: "fleet" },
    ]);
    expect(broker.published[0]?.topic).toContain("events/f1/particle-internal/usage/notice/");
    await use(45);
    await use(500);
    expect(kindsOf(bodies())).toEqual([50, 70, 90, 100]);
    // 70 and 90 % were reached at once.
    expect(mails).toEqual(["50", "90", "100"]);
    // The next period has its own.
    shared.clock.ms = start + day + minute;
    await use(60);
    expect(kindsOf(bodies())).toEqual([50, 70, 90, 100, 50]);
  });

  it("name the date at which the limit is reached at the present rate", async () => {
    const shared = deployment([aLimit({ limit: 1_000 })]);
    const { entries, run, bodies } = regionOf(shared);
    for (let n = 0; n < 12; n += 1) {
      await entries.add(published(pump, 1, start + n * minute), shared.clock.ms);
      shared.clock.ms = start + (n + 1) * minute + 30_000;
      await run();
    }
    // One operation a minute: 1,000 are reached at 16:40, and 1,440 at the end of the day.
    const [first, ...others] = bodies();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ kind: "forecast", percent: null, expected: 1_440 });
    expect(first.reached_at).toBe("2026-01-29T16:40:00.000Z");
  });

  it("are not sent for a forecast after the end of the period", async () => {
    const shared = deployment([aLimit({ limit: 1_500 })]);
    const { entries, run, bodies } = regionOf(shared);
    for (let n = 0; n < 30; n += 1) {
      await entries.add(published(pump, 1, start + n * minute), shared.clock.ms);
      shared.clock.ms = start + (n + 1) * minute + 30_000;
      await run();
    }
    expect(bodies()).toEqual([]);
  });

  it("are sent again when the owner changes the number of the limit", async () => {
    const shared = deployment([aLimit()]);
    const { entries, run, bodies, limits } = regionOf(shared);
    await entries.add(published(pump, 100, start), start);
    shared.clock.ms = start + 2 * minute;
    await run();
    await limits.replace(aLimit({ limit: 200, revision: 1 }));
    await entries.add(published(pump, 1, start), start);
    await run();
    expect(kindsOf(bodies())).toEqual([50, 70, 90, 100, 50]);
  });

  it("are sent by one of two regions that count together", async () => {
    const shared = deployment([aLimit()]);
    const regions = ["us-east-1", "eu-west-1"].map((name) => regionOf(shared, name));
    for (const { entries } of regions) await entries.add(published(pump, 30, start), start);
    shared.clock.ms = start + 2 * minute;
    for (const { run } of regions) await run();
    for (const { run } of regions) await run();
    expect(kindsOf(regions.flatMap(({ bodies }) => bodies()))).toEqual([50]);
    // Both at the same time.
    for (const { entries } of regions) await entries.add(published(pump, 30, start), start);
    shared.clock.ms += 2 * minute;
    await Promise.all(regions.map(({ run }) => run()));
    for (const { run } of regions) await run();
    expect(kindsOf(regions.flatMap(({ bodies }) => bodies()))).toEqual([50, 70, 90, 100]);
  });

  it("are complete after a crash at any step, and the repeated event has the same id", async () => {
    let hasCrashed = true;
    for (let crashAt = 0; hasCrashed; crashAt += 1) {
      const shared = deployment([aLimit({ action: "park", limit: 10 })]);
      let steps = 0;
      hasCrashed = false;
      const dying: Around = (port) =>
        new Proxy(port, {
          get: (of, name, self) => {
            const member: unknown = Reflect.get(of, name, self);
            if (typeof member !== "function" || hasCrashed) return member;
            return async (...input: unknown[]) => {
              const crash = () => {
                if (hasCrashed || steps++ !== crashAt) return;
                hasCrashed = true;
                throw new Error("killed");
              };
              crash();
              const result: unknown = await member(...input);
              crash();
              return result;
            };
          },
        });
      const { entries, run, bodies } = regionOf(shared, "us-east-1", dying);
      await entries.add(published(pump, 12, start), start);
      shared.clock.ms = start + 2 * minute;
      for (let runs = 0; runs < 3; runs += 1) await run().catch(() => {});
      const ids = new Set(bodies().map(({ id }) => id));
      expect(ids.size, `after a crash at step ${crashAt}`).toBe(4);
      expect([...shared.notices.values()].map(({ state }) => state)).toEqual(Array(4).fill("sent"));
      expect(shared.table.reached.get("us-east-1 f1")).toMatchObject([{ until: start + day }]);
      expect(crashAt).toBeLessThan(200);
    }
  });

  it("are taken over from a region that does not respond any more", async () => {
    const shared = deployment([aLimit({ limit: 20 })]);
    const failing: Around = (port) =>
      "publish" in port ? { ...port, publish: () => Promise.reject(new Error("lost")) } : port;
    const lost = regionOf(shared, "us-east-1", failing);
    const other = regionOf(shared, "eu-west-1");
    await lost.entries.add(published(pump, 10, start), start);
    shared.clock.ms = start + 2 * minute;
    await lost.run();
    expect(lost.errors).toHaveLength(1);
    await other.entries.add(published(pump, 1, start), start);
    await other.run();
    expect(other.bodies()).toEqual([]);
    shared.clock.ms += 6 * minute;
    await other.run();
    expect(kindsOf(other.bodies())).toEqual([50]);
  });
});

it("a notice that another region is sending does not hold back those of other limits", async () => {
  const shared = deployment([
    aLimit({ limit: 20 }),
    aLimit({ id: "00000000000000bb", scope: "device", target: pump, limit: 20 }),
  ]);
  const lost: Around = (port) =>
    "publish" in port ? { ...port, publish: () => Promise.reject(new Error("lost")) } : port;
  const first = regionOf(shared, "us-east-1", lost);
  await first.entries.add(published(lamp, 10, start), start);
  shared.clock.ms = start + 2 * minute;
  await first.run();
  const other = regionOf(shared, "eu-west-1");
  await other.entries.add(published(pump, 10, start), start);
  await other.run();
  expect(other.bodies()).toMatchObject([{ scope: "device", percent: 50 }]);
  expect(other.errors).toHaveLength(1);
  shared.clock.ms += 6 * minute;
  await other.run();
  expect(kindsOf(other.bodies())).toEqual([50, 50, 70, 90, 100]);
});

describe("a fleet whose limits could not be checked", () => {
  const failing = async (shared: ReturnType<typeof deployment>) => {
    const lost: Around = (port) =>
      "publish" in port ? { ...port, publish: () => Promise.reject(new Error("lost")) } : port;
    const region = regionOf(shared, "us-east-1", lost);
    await region.entries.add(published(pump, 20, start), start);
    shared.clock.ms = start + 2 * minute;
    await region.run();
    expect(region.errors).toHaveLength(1);
    return region;
  };

  it("is checked later, also if only another fleet has usage", async () => {
    const other = aLimit({ id: "00000000000000bb", fleet: "f2" });
    const shared = deployment([aLimit({ limit: 20 }), other]);
    const { entries, run, openUsage } = await failing(shared);
    const [entry] = published(lamp, 1, shared.clock.ms);
    const metered = { fleet: "f2", device: lamp, kind: "publish", kilobytes: 1 } as const;
    await entries.add([{ ...entry!, plan: { ...entry!.plan!, metered } }], start);
    shared.clock.ms += 2 * minute;
    await run();
    expect((await openUsage.read()).limited).toEqual(["f1"]);
  });

  it("is checked later, also if an hour does not balance", async () => {
    const shared = deployment([aLimit({ limit: 20 })]);
    const { run, openUsage } = await failing(shared);
    const open = await openUsage.read();
    await openUsage.put({
      ...open,
      checks: [{ hour: start - day, slices: 0, counts: { f9: {} } }],
    });
    shared.usage.fleets.set(`hour ${start - day} us-east-1 0`, new Map([["f9", usageOf(3)]]));
    shared.clock.ms = start + 3 * hour;
    await run();
    const { imbalances, limited } = await openUsage.read();
    expect(imbalances).toMatchObject([{ hour: start - day, fleets: 1 }]);
    expect(limited).toEqual(["f1"]);
  });
});

describe("a limit that is reached", () => {
  const reachedOf = async (some: Partial<UsageLimit>, entries: readonly LedgerEntry[]) => {
    const shared = deployment([aLimit({ limit: 20, ...some })]);
    const region = regionOf(shared);
    await region.entries.add(entries, start);
    shared.clock.ms = start + 2 * minute;
    await region.run();
    const { reached } = await region.limits.ofFleet("f1");
    return { shared, region, reached };
  };

  it("is in force until the end of its period, unless it only notifies", async () => {
    const entries = published(pump, 20, start);
    const { reached } = await reachedOf({ action: "park", scope: "device", target: pump }, entries);
    expect(reached).toEqual([{ limit: "00000000000000aa", revision: 0, until: start + day }]);
    expect((await reachedOf({ action: "notify" }, entries)).reached).toEqual([]);
    expect((await reachedOf({ action: "park", limit: 21 }, entries)).reached).toEqual([]);
  });

  it("of a fleet slows down only the devices that use much more than the others", async () => {
    const quiet = Array.from({ length: 9 }, (_, n) => published(`quiet${n}`, 2, start)).flat();
    const slow = { action: "slow" } as const;
    const { reached, shared, region } = await reachedOf(slow, [
      ...quiet,
      ...published(pump, 100, start),
      ...published(lamp, 90, start),
    ]);
    expect(reached).toMatchObject([{ devices: [pump, lamp].sort() }]);
    expect((await reachedOf(slow, quiet.concat(published(pump, 4, start)))).reached).toMatchObject([
      { devices: [] },
    ]);
    expect((await reachedOf(slow, published(pump, 60, start))).reached).toMatchObject([
      { devices: [pump] },
    ]);
    // Calmed down for ten minutes.
    shared.clock.ms = start + 20 * minute;
    await region.entries.add(published("quiet1", 1, shared.clock.ms), start);
    shared.clock.ms += 2 * minute;
    await region.run();
    expect((await region.limits.ofFleet("f1")).reached).toMatchObject([{ devices: [] }]);
  });
});
