import { expect, it } from "vitest";
import { zeroCounts } from "#shared/ledger/countDeliveries.ts";
import { readBacklog } from "#shared/ledger/readBacklog.ts";
import { memoryLedgerRows } from "../../memory/delivery/ledgerRows.ts";

const day = Date.parse("2026-01-31T00:00:00Z");
const minute = (n: number): number => day + n * 60_000;
const tally = { ...zeroCounts, missingIds: [], late: 0, settledAt: 0 };

const world = () => {
  const rows = memoryLedgerRows("us-east-1");
  const put = (n: number, given: Partial<typeof tally>) =>
    rows.put(minute(n), new Map([["a", { ...tally, ...given }]]));
  const read = async (since: number, until: number) => {
    const wanted = { since: minute(since), until: minute(until), step: 60 } as const;
    const { names, points } = await readBacklog("a", wanted, { rows, now: () => minute(60) });
    expect(names).toEqual(["backlog"]);
    return points.map(([, backlog]) => backlog);
  };
  return { put, read };
};

it("has the deliveries that wait, from the minute in which they were accepted", async () => {
  const { put, read } = world();
  await put(2, { matched: 3, waiting: 3 });
  await put(4, { matched: 2, waiting: 2 });
  expect(await read(0, 6)).toEqual([0, 0, 3, 3, 5, 5]);
  // Those that were accepted before the time span wait in it, too.
  expect(await read(30, 32)).toEqual([5, 5]);
});

it("spreads late and dead deliveries until the last outcome of their minute", async () => {
  const { put, read } = world();
  await put(0, { matched: 20, delivered: 15, dead: 5, late: 5, settledAt: minute(5) });
  expect(await read(0, 7)).toEqual([8, 6, 4, 2, 0, 0, 0]);
});

it("has none that were delivered at once, nor any that are missing", async () => {
  const { put, read } = world();
  await put(0, { matched: 9, delivered: 8, missing: 1, settledAt: minute(0) + 200 });
  expect(await read(0, 3)).toEqual([0, 0, 0]);
});
