import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countDeliveries } from "#shared/ledger/countDeliveries.ts";
import {
  entryOfOutcome,
  entryOfPlan,
  type LedgerEntry,
  mergeEntries,
} from "#shared/ledger/entry.ts";
import { ledgerMissingMs, ledgerOverdueMs } from "#shared/ledger/limits.ts";
import { someTime } from "../../memory/samples.ts";

const metered = { fleet: "f1", device: "d1", kind: "publish", kilobytes: 2 } as const;
const message = { event: "e1", acceptedAt: someTime };

/** Any records of one message, often with equal times. */
const said: fc.Arbitrary<LedgerEntry> = fc.oneof(
  fc
    .record({ at: fc.nat(3), to: fc.subarray(["a", "b", "c"]), counts: fc.boolean() })
    .map(({ at, to, counts }) =>
      entryOfPlan({ ...message, at: someTime + at, to, ...(counts && { metered }) }),
    ),
  fc
    .record({
      integration: fc.constantFrom("a", "b", "c"),
      at: fc.nat(3),
      due: fc.option(fc.nat(3), { nil: undefined }),
      failed: fc.nat(2),
      state: fc.constantFrom("delivered", "waiting", "dead", "discarded"),
    })
    .map(({ at, due, ...one }) =>
      entryOfOutcome({
        ...message,
        ...one,
        at: someTime + at,
        ...(due !== undefined && { due: someTime + due }),
      }),
    ),
);

const all = (entries: readonly LedgerEntry[]): LedgerEntry => entries.reduce(mergeEntries);

const first = entryOfPlan({ ...message, at: someTime, to: ["a"] });
const recordOutcome = (
  state: "delivered" | "waiting" | "dead",
  at: number,
  failed = 0,
): LedgerEntry =>
  entryOfOutcome({ ...message, integration: "a", at: someTime + at, state, failed });

/** The ledger's counts of the delivery to "a". */
const stateOf = (entries: readonly LedgerEntry[], now = someTime + 100) => {
  const { integrations } = countDeliveries([all(entries)], now);
  const counts = integrations.get("a");
  const names = ["delivered", "waiting", "dead", "discarded", "missing"] as const;
  return names.filter((name) => (counts?.[name] ?? 0) > 0);
};

describe("the entry of a message", () => {
  it("merges to the same result in any order, grouping and repetition", () => {
    fc.assert(
      fc.property(
        fc
          .array(said, { minLength: 1, maxLength: 8 })
          .chain((entries) =>
            fc.tuple(
              fc.constant(entries),
              fc.shuffledSubarray([...entries, ...entries], { minLength: 2 * entries.length }),
              fc.nat(entries.length - 1),
            ),
          ),
        ([entries, shuffled, cut]) => {
          const once = all(entries);
          expect(all(shuffled)).toEqual(once);
          // Merged in two groups, one of them twice, as by a run that crashed and was repeated.
          const one = all(entries.slice(0, cut + 1));
          expect(all([one, ...entries.slice(cut + 1), one])).toEqual(once);
          expect(all([once, once])).toEqual(once);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("has one state for each delivery with a plan or an outcome", () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 8 }), fc.nat(2), (entries, late) => {
        const now = someTime + late * ledgerMissingMs;
        for (const counts of countDeliveries([all(entries)], now).integrations.values()) {
          const { matched, delivered, waiting, dead, discarded, missing } = counts;
          expect(matched).toBe(1);
          expect(delivered + waiting + dead + discarded + missing).toBe(1);
        }
      }),
    );
  });

  it("is waiting after its plan, and without an outcome overdue, then missing", () => {
    expect(stateOf([first])).toEqual(["waiting"]);
    expect(countDeliveries([first], someTime + ledgerOverdueMs).overdue).toEqual(
      new Map([["a", 1]]),
    );
    expect(stateOf([first], someTime + ledgerMissingMs - 1)).toEqual(["waiting"]);
    expect(stateOf([first], someTime + ledgerMissingMs)).toEqual(["missing"]);
    expect(stateOf([first, recordOutcome("delivered", 5)], someTime + ledgerMissingMs)).toEqual([
      "delivered",
    ]);
  });

  it("is waiting until long after it is due, whenever it was planned", () => {
    const due = someTime + 86_400_000;
    const waits = entryOfOutcome({
      ...message,
      integration: "a",
      at: someTime,
      state: "waiting",
      due,
      failed: 3,
    });
    expect(stateOf([first, waits], due + ledgerMissingMs - 1)).toEqual(["waiting"]);
    expect(stateOf([first, waits], due + ledgerMissingMs)).toEqual(["missing"]);
  });

  it("has the latest outcome, but delivered is final", () => {
    expect(stateOf([first, recordOutcome("dead", 9), recordOutcome("waiting", 8)])).toEqual([
      "dead",
    ]);
    expect(stateOf([first, recordOutcome("dead", 9), recordOutcome("waiting", 10)])).toEqual([
      "waiting",
    ]);
    expect(stateOf([recordOutcome("delivered", 1), recordOutcome("dead", 9)])).toEqual([
      "delivered",
    ]);
  });

  it("counts a failed attempt once, however often it is recorded", () => {
    const told = [
      recordOutcome("waiting", 1, 1),
      recordOutcome("waiting", 2, 2),
      recordOutcome("waiting", 1, 1),
    ];
    const { integrations } = countDeliveries(
      [all([...told, recordOutcome("delivered", 3, 2)])],
      someTime,
    );
    expect(integrations.get("a")).toMatchObject({ failed: 2, delivered: 1 });
  });

  it("drops a delivery that the last plan of the message does not contain", () => {
    const again = entryOfPlan({ ...message, at: someTime + 1, to: ["b"] });
    const { integrations } = countDeliveries([all([first, again])], someTime);
    expect([...integrations.keys()]).toEqual(["b"]);
  });
});
