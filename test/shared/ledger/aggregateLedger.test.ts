import { describe, expect, it } from "vitest";
import { aggregateLedger } from "#shared/ledger/aggregateLedger.ts";
import { entryOfOutcome, entryOfPlan, type LedgerEntry } from "#shared/ledger/entry.ts";
import {
  ledgerDays,
  ledgerMissingMs,
  ledgerOverdueMs,
  ledgerRecentMs,
  ledgerSliceMs,
} from "#shared/ledger/limits.ts";
import { memoryLedgerEntries } from "../../memory/delivery/ledgerEntries.ts";
import { memoryLedgerRows } from "../../memory/delivery/ledgerRows.ts";
import { memoryOpenUsage } from "../../memory/delivery/usage.ts";
import { stoppedClock } from "../../memory/samples.ts";

/** The start of a bucket. */
const start = 1_735_787_400_000;
const whenever = { from: 0, to: Number.MAX_SAFE_INTEGER };

const plan = (event: string, acceptedAt = start): LedgerEntry =>
  entryOfPlan({ event, acceptedAt, at: acceptedAt + 5, to: ["a"] });
const delivered = (event: string, acceptedAt = start): LedgerEntry =>
  entryOfOutcome({
    event,
    acceptedAt,
    integration: "a",
    at: acceptedAt + 9,
    state: "delivered",
    failed: 0,
  });

/** A ledger in memory that counts its reads and writes. */
const world = () => {
  const clock = stoppedClock(start);
  const entries = memoryLedgerEntries();
  const rows = memoryLedgerRows();
  const deps = { entries, rows, openUsage: memoryOpenUsage(), now: clock.now };
  const run = () => aggregateLedger(Number.POSITIVE_INFINITY, deps);
  return { clock, ...deps, deps, run, counts: () => rows.list("a", whenever) };
};

describe("the ledger", () => {
  it("counts each delivery once, for any order and repetition of records", async () => {
    const { entries, run, counts } = world();
    await entries.add([plan("e1"), plan("e2"), delivered("e1")], start);
    await run();
    await entries.add([delivered("e1"), plan("e1")], start + 1);
    await run();
    expect(await counts()).toMatchObject([{ matched: 2, delivered: 1, waiting: 1, missing: 0 }]);
    expect(await entries.list(10)).toEqual([]);
  });

  it("detects overdue and then missing deliveries without new records", async () => {
    const { clock, entries, run, counts } = world();
    await entries.add([plan("e1"), plan("e2"), delivered("e2")], start);
    expect(await run()).toMatchObject({ missing: 0, overdue: new Map() });
    clock.ms = start + 5 + ledgerOverdueMs;
    expect(await run()).toMatchObject({ missing: 0, overdue: new Map([["a", 1]]) });
    clock.ms = start + 5 + ledgerMissingMs;
    expect(await run()).toMatchObject({ missing: 1, overdue: new Map() });
    expect(await run()).toMatchObject({ missing: 1 });
    const [bucket] = await counts();
    expect(bucket).toMatchObject({ matched: 2, delivered: 1, waiting: 0, missing: 1 });
    expect(bucket?.missingIds).toEqual([expect.stringMatching(/^msg_/)]);
  });

  it("reports missing deliveries in the metric for a while, and in its counts permanently", async () => {
    const { clock, entries, run, counts } = world();
    await entries.add([plan("e1")], start);
    clock.ms = start + 5 + ledgerMissingMs + ledgerRecentMs;
    expect(await run()).toMatchObject({ missing: 0 });
    expect(await counts()).toMatchObject([{ missing: 1 }]);
  });

  it("no longer counts a delivery as missing after its outcome arrives", async () => {
    const { clock, entries, run, counts } = world();
    await entries.add([plan("e1")], start);
    clock.ms = start + 5 + ledgerMissingMs;
    expect(await run()).toMatchObject({ missing: 1 });
    await entries.add([delivered("e1")], clock.ms);
    expect(await run()).toMatchObject({ missing: 0 });
    expect(await counts()).toMatchObject([{ delivered: 1, missing: 0, missingIds: [] }]);
    expect(await entries.listOpen()).toEqual([]);
  });

  it("reads no slice that is closed, and writes no row that has not changed", async () => {
    const { clock, entries, rows, deps, run } = world();
    await entries.add([plan("e1"), delivered("e1")], start);
    await run();
    expect(rows.puts).toBe(1);
    await entries.add([delivered("e1")], start);
    await run();
    expect(rows.puts).toBe(1);
    clock.ms += 10 * ledgerMissingMs;
    const unread = { ...entries, readSlice: () => expect.unreachable() };
    expect(await aggregateLedger(Number.POSITIVE_INFINITY, { ...deps, entries: unread })).toEqual({
      missing: 0,
      overdue: new Map(),
      objects: 0,
    });
  });

  it("sums the slices of a bucket", async () => {
    const { entries, run, counts } = world();
    const next = start + ledgerSliceMs;
    await entries.add([plan("e1"), plan("e2", next), delivered("e2", next)], start);
    await run();
    expect(await counts()).toMatchObject([{ from: start, matched: 2, delivered: 1, waiting: 1 }]);
  });

  it("ignores entries of an expired slice", async () => {
    const { clock, entries, rows, run } = world();
    clock.ms = start + ledgerDays * 86_400_000 + ledgerSliceMs;
    await entries.add([delivered("e1")], clock.ms);
    await run();
    expect(rows.puts).toBe(0);
    expect(await entries.list(1)).toEqual([]);
  });

  it("has the same result if it crashes before or after any step and runs again", async () => {
    const steps = ["put", "keepSlice", "keepOpen", "remove"] as const;
    for (const step of steps) {
      for (const done of [false, true]) {
        const { clock, entries, rows, deps, run, counts } = world();
        await entries.add([plan("e1"), plan("e2")], start);
        await run();
        // No delivery to "b" is missing: its row is written only for changed counts.
        const toB = entryOfOutcome({
          event: "e4",
          acceptedAt: start,
          integration: "b",
          at: start + 9,
          state: "delivered",
          failed: 0,
        });
        await entries.add([delivered("e1"), plan("e3", start + ledgerSliceMs), toB], start + 1);
        clock.ms = start + 5 + ledgerMissingMs;
        const dying = <Arguments extends unknown[]>(
          name: (typeof steps)[number],
          act: (...all: Arguments) => Promise<void>,
        ) => {
          return async (...all: Arguments): Promise<void> => {
            if (name !== step) return act(...all);
            if (done) await act(...all);
            throw new Error("crashed");
          };
        };
        const crashing = aggregateLedger(Number.POSITIVE_INFINITY, {
          ...deps,
          rows: { ...rows, put: dying("put", rows.put.bind(rows)) },
          entries: {
            ...entries,
            putSlice: dying("keepSlice", entries.putSlice),
            putOpen: dying("keepOpen", entries.putOpen),
            remove: dying("remove", entries.remove),
          },
        });
        await expect(crashing, step).rejects.toThrow("crashed");
        expect(await run(), step).toMatchObject({ missing: 1 });
        const [bucket] = await counts();
        expect(bucket, step).toMatchObject({ matched: 3, delivered: 1, missing: 1, waiting: 1 });
        expect(await entries.list(10), step).toEqual([]);
        expect(await rows.list("b", whenever), step).toMatchObject([{ matched: 1, delivered: 1 }]);
      }
    }
  });
});
