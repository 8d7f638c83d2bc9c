import { describe, expect, it } from "vitest";
import { zeroCounts } from "#shared/ledger/countDeliveries.ts";
import { readSeries, readTraffic } from "#shared/ledger/readSeries.ts";
import { memoryLedgerRows } from "../../memory/delivery/ledgerRows.ts";
import { memoryTraffic } from "../../memory/delivery/traffic.ts";

/** Midnight in UTC. */
const day = Date.parse("2026-01-31T00:00:00Z");
const minute = (n: number): number => day + n * 60_000;
const tally = { ...zeroCounts, missingIds: [], late: 0, settledAt: 0 };

const world = async () => {
  const [here, there] = [memoryLedgerRows("us-east-1"), memoryLedgerRows("eu-west-1")];
  for (let n = 0; n < 90; n += 1) {
    const both = { ...tally, matched: 2, delivered: 1, dead: 1, failed: n % 2 };
    await here.put(minute(n), new Map([["a", both]]));
  }
  await here.put(minute(30), new Map([["b", { ...tally, matched: 5, waiting: 5 }]]));
  return { here, there, deps: { rows: here, now: () => minute(90) + 1 } };
};

describe("a series of deliveries", () => {
  it("has a point for each step, with the sum of its minutes and zeros without deliveries", async () => {
    const { deps } = await world();
    const wanted = { since: minute(-60), until: minute(90), step: 3_600 } as const;
    const { names, points, step } = await readSeries(["a", "b"], wanted, deps);
    expect([step, names[0], names.length]).toEqual([3_600, "matched", 7]);
    expect(points).toEqual([
      [day / 1_000 - 3_600, 0, 0, 0, 0, 0, 0, 0],
      [day / 1_000, 125, 60, 5, 60, 0, 0, 30],
      [day / 1_000 + 3_600, 60, 30, 0, 30, 0, 0, 15],
    ]);
  });

  it("has the same sum with every step", async () => {
    const { deps } = await world();
    for (const step of [60, 300, 3_600, 86_400] as const) {
      const since = minute(0);
      const { points } = await readSeries(["a", "b"], { since, until: minute(90), step }, deps);
      expect(points.reduce((sum, [, matched = 0]) => sum + matched, 0)).toBe(185);
      expect(points[0]?.[0]).toBe(day / 1_000);
    }
  });

  it("ends now, has the last day, and a step of a minute by default", async () => {
    const { deps } = await world();
    const { points, step } = await readSeries(["a"], {}, deps);
    expect([step, points.length]).toEqual([60, 1_441]);
    expect(points.at(-1)?.[0]).toBe(minute(90) / 1_000);
    const week = await readSeries(["a"], { since: minute(-7 * 1_440) }, deps);
    expect(week.step).toBe(3_600);
  });

  it("is empty without integrations, and does not reach before the retention", async () => {
    const { deps } = await world();
    expect((await readSeries([], {}, deps)).points[0]).toEqual([
      minute(90 - 1_440) / 1_000,
      ...Array(7).fill(0),
    ]);
    const { points } = await readSeries(["a"], { since: 0, step: 86_400 }, deps);
    expect(points.length).toBeLessThanOrEqual(46);
  });

  it.each([
    [1, { since: minute(-2_000), step: 60 }, /^step: a series has at most 1500 points/],
    [
      100,
      { since: minute(-40 * 1_440), step: 86_400 },
      /too far apart for 100 integrations.*33 hours/,
    ],
    [1, { since: minute(10), until: minute(10) }, /^since: must be earlier than until/],
    [1, { since: minute(91) }, /^since: must be earlier than until/],
  ] as const)("of %i integrations is refused for %o", async (count, wanted, message) => {
    const { deps } = await world();
    const ids = Array.from({ length: count }, (_, n) => `i${n}`);
    await expect(readSeries(ids, wanted, deps)).rejects.toThrow(message);
  });
});

describe("a series of events or calls", () => {
  it("has the counts of its fleet or device by step", async () => {
    const traffic = memoryTraffic();
    const call = { fleet: "f1", metric: "calls", at: minute(1) } as const;
    await traffic.add([
      { ...call, counts: [1, 0] },
      { ...call, at: minute(4), counts: [0, 1] },
      { ...call, device: "d1", counts: [1, 0] },
      { fleet: "f1", metric: "events", at: minute(6), counts: [9] },
      { fleet: "f2", metric: "events", at: minute(6), counts: [1] },
    ]);
    const deps = { traffic, now: () => minute(10) };
    const wanted = { since: minute(0), step: 300 } as const;
    const start = day / 1_000;
    expect(await readTraffic({ fleet: "f1", metric: "calls" }, wanted, deps)).toEqual({
      step: 300,
      names: ["ok", "failed"],
      points: [
        [start, 1, 1],
        [start + 300, 0, 0],
      ],
    });
    const ofDevice = { fleet: "f1", device: "d1", metric: "calls" } as const;
    expect((await readTraffic(ofDevice, wanted, deps)).points[0]).toEqual([start, 1, 0]);
    const events = await readTraffic({ fleet: "f1", metric: "events" }, wanted, deps);
    expect(events.points).toEqual([
      [start, 0],
      [start + 300, 9],
    ]);
  });
});
