import { describe, expect, it } from "vitest";
import type { IntegrationCounts } from "#shared/ledger/countDeliveries.ts";
import type { LedgerEntry } from "#shared/ledger/entry.ts";
import { ledgerBucketMs, ledgerSliceMs } from "#shared/ledger/limits.ts";
import type { LedgerEntries, LedgerRows } from "#shared/ledger/ports.ts";
import type { Attempt, Attempts } from "#shared/ledger/record.ts";
import { deviceId } from "../../memory/samples.ts";

const bucket = 1_735_787_400_000;

const entries: LedgerEntry[] = [
  { event: "e1", acceptedAt: bucket, plan: { at: bucket + 5, to: ["a", "b"] }, outcomes: {} },
  {
    event: "e3",
    acceptedAt: bucket,
    plan: {
      at: bucket + 5,
      to: [],
      metered: { fleet: "f1", device: deviceId, kind: "publish", kilobytes: 2 },
    },
    outcomes: {},
  },
  {
    event: "e2",
    acceptedAt: bucket + 1,
    outcomes: {
      a: { state: "waiting", at: bucket + 9, due: bucket + 5_000, failed: 1 },
      b: { state: "delivered", at: bucket + 9, due: bucket + 9, failed: 0 },
    },
  },
];

/** The contract of `LedgerEntries`. */
export const ledgerEntriesContract = (open: () => Promise<LedgerEntries>): void => {
  describe("the ledger's entries", () => {
    it("are initially empty", async () => {
      const ledger = await open();
      expect(await ledger.list(10)).toEqual([]);
      expect(await ledger.readSlice(bucket)).toEqual([]);
      expect(await ledger.listOpen()).toEqual([]);
    });

    it("are read as they were added, oldest first, until they are removed", async () => {
      const ledger = await open();
      await ledger.add([entries[1]!], bucket + 1);
      await ledger.add(entries, bucket);
      const keys = await ledger.list(10);
      expect(await Promise.all(keys.map(ledger.read))).toEqual([entries, [entries[1]]]);
      expect(await ledger.list(1)).toEqual([keys[0]]);
      await ledger.remove([keys[0]!]);
      await ledger.remove([keys[0]!]);
      expect(await ledger.list(10)).toEqual([keys[1]]);
    });

    it("of a slice replace its earlier entries only", async () => {
      const ledger = await open();
      await ledger.putSlice(bucket, entries);
      await ledger.putSlice(bucket + ledgerSliceMs, [entries[0]!]);
      await ledger.putSlice(bucket, [entries[1]!]);
      expect(await ledger.readSlice(bucket)).toEqual([entries[1]]);
      expect(await ledger.readSlice(bucket + ledgerSliceMs)).toEqual([entries[0]]);
      expect(await ledger.list(10)).toEqual([]);
    });

    it("list the open slices", async () => {
      const ledger = await open();
      const one = { slice: bucket, next: bucket + 7, overdue: { a: 1 }, missing: {} };
      const other = { slice: 0, overdue: {}, missing: { a: 3 }, missingSince: bucket };
      await ledger.putOpen([one]);
      await ledger.putOpen([one, other]);
      expect(await ledger.listOpen()).toEqual([one, other]);
    });
  });
};

const aTally = (given: Partial<IntegrationCounts> = {}): IntegrationCounts => ({
  matched: 1,
  delivered: 1,
  waiting: 0,
  dead: 0,
  discarded: 0,
  missing: 0,
  failed: 0,
  missingIds: [],
  late: 0,
  settledAt: 0,
  ...given,
});

/** A bucket does not have the counts that only the sum over minutes has. */
const aBucket = (given: Partial<IntegrationCounts> = {}) => {
  const { late, settledAt, ...bucket } = aTally(given);
  return bucket;
};

const all = { from: 0, to: bucket + 10 * ledgerBucketMs };

/** The contract of the ledger's totals, in two regions. */
export const ledgerRowsContract = (
  open: () => Promise<{ here: LedgerRows; there: LedgerRows }>,
): void => {
  describe("the totals of the ledger", () => {
    it("are replaced by integration and slice", async () => {
      const { here } = await open();
      const missing = { delivered: 0, missing: 1, missingIds: ["msg_1"] };
      await here.put(bucket, new Map([["a", aTally(missing)]]));
      await here.put(bucket, new Map([["a", aTally({ matched: 3, delivered: 3, failed: 2 })]]));
      await here.put(bucket + ledgerSliceMs, new Map([["a", aTally(missing)]]));
      await here.put(bucket, new Map([["b", aTally()]]));
      const sum = { matched: 4, delivered: 3, failed: 2, missing: 1, missingIds: ["msg_1"] };
      expect(await here.list("a", all)).toEqual([{ ...aBucket(sum), from: bucket }]);
      expect(await here.list("b", all)).toEqual([{ ...aBucket(), from: bucket }]);
      expect(await here.list("c", all)).toEqual([]);
    });

    it("are the sum of regions, which write concurrently", async () => {
      const { here, there } = await open();
      await here.put(bucket, new Map([["a", aTally()]]));
      await there.put(bucket, new Map([["a", aTally({ delivered: 0, dead: 1 })]]));
      const sum = { ...aBucket({ matched: 2, dead: 1 }), from: bucket };
      expect(await here.list("a", all)).toEqual([sum]);
      expect(await there.list("a", all)).toEqual([sum]);
    });

    it("are listed by the time of buckets, oldest first", async () => {
      const { here } = await open();
      const starts = [2, 0, 1, 3].map((n) => bucket + n * ledgerBucketMs);
      for (const start of starts) await here.put(start, new Map([["a", aTally()]]));
      const range = { from: bucket + ledgerBucketMs, to: bucket + 3 * ledgerBucketMs - 1 };
      const listed = (await here.list("a", range)).map(({ from }) => from);
      expect(listed).toEqual([bucket + ledgerBucketMs, bucket + 2 * ledgerBucketMs]);
    });

    it("are listed by minute, of all regions, oldest first", async () => {
      const { here, there } = await open();
      const minute = (n: number) => bucket + n * ledgerSliceMs;
      const { late, settledAt, missingIds, ...counts } = aTally();
      for (const n of [12, 9, 10, 8]) await here.put(minute(n), new Map([["a", aTally()]]));
      await there.put(minute(9), new Map([["a", aTally({ delivered: 0, dead: 1 })]]));
      await here.put(minute(9), new Map([["b", aTally()]]));
      const range = { from: minute(9) + 1, to: minute(10) + 1 };
      const found = await here.minutes("a", range);
      expect(found.map(({ at }) => at)).toEqual([minute(9), minute(9), minute(10)]);
      const unsettled = { at: minute(9), late: 0, settledAt: 0 };
      expect(found).toContainEqual({ ...unsettled, counts });
      const dead = { ...counts, delivered: 0, dead: 1 };
      expect(found).toContainEqual({ ...unsettled, counts: dead });
      const settled = { late: 1, settledAt: minute(20) + 7 };
      await here.put(minute(10), new Map([["a", aTally(settled)]]));
      const latest = (await here.minutes("a", range)).at(-1);
      expect(latest).toMatchObject({ at: minute(10), ...settled });
      expect(await here.minutes("c", range)).toEqual([]);
    });

    it("are summed over minutes, of all regions", async () => {
      const { here, there } = await open();
      const minute = (n: number) => bucket + n * ledgerSliceMs;
      const missing = { delivered: 0, missing: 1, missingIds: ["msg_1"] };
      await here.put(minute(8), new Map([["a", aTally({ failed: 1 })]]));
      await here.put(minute(9), new Map([["a", aTally({ late: 1, settledAt: minute(12) + 7 })]]));
      await there.put(minute(9), new Map([["a", aTally({ settledAt: minute(9) + 3 })]]));
      await there.put(minute(10), new Map([["a", aTally(missing)]]));
      await here.put(minute(11), new Map([["a", aTally({ dead: 1 })]]));
      await here.put(minute(10), new Map([["b", aTally()]]));
      const range = { from: minute(9) + 59_999, to: minute(11) };
      expect(await here.sum("a", range)).toEqual({
        ...aTally({ matched: 3, delivered: 2, missing: 1, missingIds: ["msg_1"] }),
        late: 1,
        settledAt: minute(12) + 7,
      });
      expect(await here.sum("a", { from: minute(11), to: minute(11) + 1 })).toMatchObject({
        matched: 1,
        dead: 1,
      });
      expect(await here.sum("c", range)).toEqual(aTally({ matched: 0, delivered: 0 }));
    });
  });
};

const anAttempt = (n: number, given: Partial<Attempt> = {}): Attempt => ({
  integration: "a",
  delivery: `msg_${n}`,
  event: { id: `e${n}`, name: "alarm", device: deviceId },
  number: 1,
  at: bucket + n,
  tookMs: 12,
  ok: true,
  request: { method: "POST", url: "http://h/", headers: { "x-a": "b" }, body: "é" },
  reply: { status: 200, body: "" },
  ...given,
});

/** The contract of `Attempts`. */
export const attemptsContract = (open: (now: () => number) => Promise<Attempts>): void => {
  const now = () => bucket;

  describe("the last attempts", () => {
    it("are listed by integration, newest first, up to the requested number", async () => {
      const attempts = await open(now);
      await attempts.add([anAttempt(1), anAttempt(3), anAttempt(9, { integration: "b" })], bucket);
      await attempts.add([anAttempt(2), anAttempt(4, { ok: false, reason: "no" })], bucket + 1);
      const four = anAttempt(4, { ok: false, reason: "no" });
      expect(await attempts.list("a", 10)).toEqual([
        four,
        anAttempt(3),
        anAttempt(2),
        anAttempt(1),
      ]);
      expect(await attempts.list("a", 2)).toEqual([four, anAttempt(3)]);
      expect(await attempts.list("c", 2)).toEqual([]);
    });

    it("are listed once if they are added twice", async () => {
      const attempts = await open(now);
      await attempts.add([anAttempt(1)], bucket);
      await attempts.add([anAttempt(1), anAttempt(2)], bucket + 1);
      expect(await attempts.list("a", 10)).toEqual([anAttempt(2), anAttempt(1)]);
    });

    it("are stored once if the same ones are added again", async () => {
      const attempts = await open(now);
      const some = [anAttempt(1), anAttempt(2)];
      await attempts.add(some, bucket);
      await attempts.add(some, bucket + 1);
      const { rows, next } = await attempts.page("a", { limit: 10 });
      expect(rows.flatMap((row) => row.attempts)).toEqual([anAttempt(2), anAttempt(1)]);
      expect(next).toBeUndefined();
    });

    it("are read in pages of rows, newest first, each row once", async () => {
      const attempts = await open(now);
      for (let n = 0; n < 7; n += 1) await attempts.add([anAttempt(n)], bucket);
      await attempts.add([anAttempt(3, { integration: "b" })], bucket);
      const found: Attempt[] = [];
      let after: string | undefined;
      do {
        const page = await attempts.page("a", { after, limit: 3 });
        expect(page.rows.length).toBeLessThanOrEqual(3);
        found.push(...page.rows.flatMap((row) => row.attempts));
        after = page.next;
      } while (after !== undefined);
      expect(found).toEqual([6, 5, 4, 3, 2, 1, 0].map((n) => anAttempt(n)));
      const [newest] = (await attempts.page("a", { limit: 1 })).rows;
      const again = await attempts.page("a", { from: newest?.key, limit: 1 });
      expect(again.rows).toEqual([newest]);
    });

    it("are read from a time range, which may be outside of a position", async () => {
      const attempts = await open(now);
      const minute = (n: number) => n * 60_000;
      for (let n = 0; n < 50; n += 1) await attempts.add([anAttempt(minute(n))], bucket);
      const range = { since: bucket + minute(20), until: bucket + minute(30), limit: 50 };
      const { rows } = await attempts.page("a", range);
      const times = rows.flatMap((row) => row.attempts.map(({ at }) => (at - bucket) / minute(1)));
      expect(times.slice(-10)).toEqual([29, 28, 27, 26, 25, 24, 23, 22, 21, 20]);
      expect(times.length).toBeLessThanOrEqual(21);
      const oldest = (await attempts.page("a", { limit: 50 })).rows.at(-1)?.key;
      expect((await attempts.page("a", { ...range, after: oldest })).rows).toEqual([]);
      expect((await attempts.page("a", { ...range, from: oldest })).rows).toEqual([]);
    });

    it("are found with any number of pages", async () => {
      const attempts = await open(now);
      for (let n = 0; n < 45; n += 1) await attempts.add([anAttempt(n)], bucket + n);
      const found = await attempts.list("a", 44);
      expect(found.map(({ at }) => at - bucket)).toEqual(
        Array.from({ length: 44 }, (_, n) => 44 - n),
      );
    });
  });
};
