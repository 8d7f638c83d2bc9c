import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregateLedger } from "#shared/ledger/aggregateLedger.ts";
import { entryOfPlan, type LedgerEntry } from "#shared/ledger/entry.ts";
import type { Metered } from "#shared/ledger/record.ts";
import { aggregateUsage } from "#shared/ledger/usage/aggregateUsage.ts";
import type { UsageLevel, UsageRows } from "#shared/ledger/usage/ports.ts";
import { addToUsage, countUsage, type Usage, usageShards } from "#shared/ledger/usage/usage.ts";
import { memoryLedgerEntries } from "../../memory/delivery/ledgerEntries.ts";
import { memoryLedgerRows } from "../../memory/delivery/ledgerRows.ts";
import { memoryOpenUsage, memoryUsageRows } from "../../memory/delivery/usage.ts";
import { stoppedClock } from "../../memory/samples.ts";

/** The start of a day. */
const start = Date.parse("2026-01-31T00:00:00Z");
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const metered = (device: string, kind: Metered["kind"] = "publish", kilobytes = 1): Metered => ({
  fleet: `f${device}`,
  device,
  kind,
  kilobytes,
});

const message = (event: string, of: Metered | undefined, acceptedAt = start): LedgerEntry =>
  entryOfPlan({ event, acceptedAt, at: acceptedAt + 5, to: ["a"], ...(of && { metered: of }) });

/** A ledger and a meter in memory, and a run of both. */
const world = () => {
  const clock = stoppedClock(start);
  const entries = memoryLedgerEntries();
  const openUsage = memoryOpenUsage();
  const rows = memoryUsageRows();
  const ledger = { entries, rows: memoryLedgerRows(), openUsage, now: clock.now };
  const meter = { entries, rows, openUsage, now: clock.now };
  const run = async (): Promise<number> => {
    await aggregateLedger(Number.POSITIVE_INFINITY, ledger);
    return aggregateUsage(Number.POSITIVE_INFINITY, meter);
  };
  const stored = (level: UsageLevel, lengthMs = day) => storedUsage(rows, level, lengthMs);
  return { clock, entries, rows, openUsage, ledger, meter, run, stored };
};

const storedUsage = async (rows: UsageRows, level: UsageLevel, lengthMs: number) => {
  const all: Usage = new Map();
  for (let shard = 0; shard < usageShards; shard += 1) {
    const some = await rows.ownDevices({ level, from: start, to: start + lengthMs }, shard);
    for (const [fleet, devices] of some) {
      for (const [device, counts] of devices) addToUsage(all, { fleet, device }, counts);
    }
  }
  return plain(all);
};

/** As objects, without devices that count nothing. */
const plain = (usage: Usage) =>
  Object.fromEntries(
    [...usage].flatMap(([fleet, devices]) =>
      [...devices].flatMap(([device, counts]) =>
        Object.values(counts).some((count) => count > 0) ? [[`${fleet}/${device}`, counts]] : [],
      ),
    ),
  );

const anyMessages = fc.uniqueArray(
  fc.record({
    event: fc.integer({ min: 0, max: 99 }),
    at: fc.integer({ min: 0, max: 2 * hour }),
    device: fc.constantFrom("1", "2", "3"),
    kind: fc.constantFrom("publish", "function", "variable", "free"),
    kilobytes: fc.integer({ min: 1, max: 16 }),
  }),
  { selector: ({ event }) => event, minLength: 1, maxLength: 12 },
);

describe("the usage of devices", () => {
  it("is exact in minutes, hours and days, for records in any order and any number", async () => {
    const anyHistory = anyMessages.chain((messages) => {
      const entries = messages.map(({ event, at, device, kind, kilobytes }) =>
        message(`e${event}`, metered(device, kind, kilobytes), start + at),
      );
      const twice = [...entries, ...entries];
      return fc.tuple(
        fc.constant(entries),
        fc.shuffledSubarray(twice, { minLength: twice.length }),
        fc.array(fc.nat(40 * minute), { minLength: 2, maxLength: 5 }),
      );
    });
    await fc.assert(
      fc.asyncProperty(anyHistory, async ([entries, sent, pauses]) => {
        const { clock, entries: store, run, stored } = world();
        const size = Math.ceil(sent.length / pauses.length);
        for (const [i, pause] of pauses.entries()) {
          clock.ms += pause;
          const some = sent.slice(i * size, (i + 1) * size);
          if (some.length > 0) await store.add(some, clock.ms);
          await run();
        }
        clock.ms = start + day + hour;
        await run();
        const counted = plain(countUsage(entries));
        expect(await stored("minute")).toEqual(counted);
        expect(await stored("hour")).toEqual(counted);
        expect(await stored("day")).toEqual(counted);
      }),
      { numRuns: 60 },
    );
  });

  it("is exact after a crash before or after any write, in each level", async () => {
    const changed = message("e1", undefined, start);
    const late = { ...changed, plan: { at: start + 99, to: [] } };
    for (let crashAt = 0; crashAt < 400; crashAt += 1) {
      const w = world();
      let writes = 0;
      let hasCrashed = false;
      const dying = <Arguments extends unknown[], Result>(
        act: (...all: Arguments) => Promise<Result>,
      ) => {
        return async (...all: Arguments): Promise<Result> => {
          const n = writes;
          writes += 2;
          if (!hasCrashed && n === crashAt) crash();
          const result = await act(...all);
          if (!hasCrashed && n + 1 === crashAt) crash();
          return result;
        };
      };
      const crash = (): never => {
        hasCrashed = true;
        throw new Error("crashed");
      };
      const openUsage = { ...w.openUsage, put: dying(w.openUsage.put) };
      const rows = {
        ...w.rows,
        putDevices: dying(w.rows.putDevices),
        putFleets: dying(w.rows.putFleets),
      };
      const entries = {
        ...w.entries,
        putSlice: dying(w.entries.putSlice),
        remove: dying(w.entries.remove),
      };
      const run = async (): Promise<void> => {
        await aggregateLedger(Number.POSITIVE_INFINITY, { ...w.ledger, entries, openUsage });
        await aggregateUsage(Number.POSITIVE_INFINITY, { ...w.meter, entries, rows, openUsage });
      };
      const step = async (): Promise<void> => {
        try {
          await run();
        } catch {
          await run();
        }
      };
      await w.entries.add([message("e1", metered("1")), message("e2", metered("2"))], start);
      w.clock.ms = start + 2 * minute;
      await step();
      // A later plan says that another message of this event counts.
      await w.entries.add([late, message("e3", metered("2"), start + hour)], w.clock.ms);
      w.clock.ms = start + 2 * hour;
      await step();
      w.clock.ms = start + day + hour;
      await step();
      const once = { "f2/2": { publishes: 2, publishOperations: 2 } };
      for (const level of ["minute", "hour", "day"] as const) {
        const found = await w.stored(level);
        expect(found, `${level} after a crash at write ${crashAt}`).toMatchObject(once);
        expect(Object.keys(found), `${level} after a crash at write ${crashAt}`).toEqual(["f2/2"]);
      }
      if (!hasCrashed) return;
    }
    expect.unreachable("the run has fewer writes");
  });

  it("of a message that was counted is not counted again for its repeats and outcomes", async () => {
    const { clock, entries, rows, run } = world();
    await entries.add([message("e1", metered("1"))], start);
    clock.ms = start + 2 * minute;
    await run();
    const { puts } = rows;
    const delivered = { state: "delivered", at: start + 9, due: start + 9, failed: 0 } as const;
    const outcome = { event: "e1", acceptedAt: start, outcomes: { a: delivered } };
    await entries.add([outcome], clock.ms);
    await run();
    expect(rows.puts).toBe(puts);
  });

  it("of a minute is stored when the minute has ended, and of the current one is not", async () => {
    const { clock, entries, run, stored } = world();
    await entries.add([message("e1", metered("1"))], start);
    clock.ms = start + minute;
    await run();
    expect(await stored("minute")).toEqual({});
    clock.ms = start + minute + 30_000;
    await run();
    expect(await stored("minute")).toMatchObject({ "f1/1": { publishes: 1, deliveries: 1 } });
    expect(await stored("hour")).toEqual({});
  });

  it("of an hour that arrives days later is counted from its entries", async () => {
    const { clock, entries, run, stored } = world();
    await entries.add([message("e1", metered("1"))], start);
    clock.ms = start + 10 * day;
    await run();
    await entries.add([message("e2", metered("1", "function"), start + minute)], clock.ms);
    await run();
    expect(await stored("hour")).toMatchObject({ "f1/1": { publishes: 1, functions: 1 } });
    expect(await stored("day")).toMatchObject({ "f1/1": { publishes: 1, functions: 1 } });
  });

  it("needs less than a tenth of a write for an event of a busy fleet", async () => {
    const { clock, entries, rows, run } = world();
    const events = 2_000;
    for (let n = 0; n < 60; n += 1) {
      const at = start + n * minute;
      await entries.add(
        Array.from({ length: events }, (_, i) => message(`e${n}-${i}`, metered("1"), at)),
        at,
      );
      clock.ms = at + minute + 30_000;
      await run();
    }
    clock.ms = start + day + hour;
    await run();
    expect(rows.puts / (60 * events)).toBeLessThan(0.1);
  });
});

describe("the balance of usage", () => {
  const counted = async () => {
    const w = world();
    await w.entries.add([message("e1", metered("1")), message("e2", metered("2"))], start);
    w.clock.ms = start + 2 * minute;
    await w.run();
    w.clock.ms = start + hour + 6 * minute;
    await w.run();
    return w;
  };

  it("is even when the rows are what the entries say", async () => {
    const { clock, run, openUsage } = await counted();
    clock.ms = start + hour + 20 * minute;
    expect(await run()).toBe(0);
    expect((await openUsage.read()).checks).toEqual([]);
  });

  it("is uneven when a row was changed; the hour is then counted again", async () => {
    const { clock, rows, run, stored } = await counted();
    const key = { level: "hour", start, again: true } as const;
    await rows.putFleets(key, new Map());
    for (let shard = 0; shard < usageShards; shard += 1) {
      await rows.putDevices(key, shard, new Map());
    }
    clock.ms = start + hour + 20 * minute;
    expect(await run()).toBe(2);
    expect(await run()).toBe(2);
    expect(await stored("hour")).toMatchObject({ "f1/1": {}, "f2/2": {} });
    clock.ms += 61 * minute;
    expect(await run()).toBe(0);
  });

  it("waits for minutes that are still to be counted, and continues after its deadline", async () => {
    const { clock, meter, entries, ledger, run, openUsage } = await counted();
    clock.ms = start + hour + 20 * minute;
    await aggregateUsage(clock.ms, meter);
    expect((await openUsage.read()).checks).toMatchObject([{ hour: start, slices: 0 }]);
    await entries.add([message("e3", metered("1"), start + minute)], clock.ms);
    await aggregateLedger(Number.POSITIVE_INFINITY, ledger);
    expect(await run()).toBe(0);
    expect((await openUsage.read()).checks).toEqual([]);
  });
});
