import { describe, expect, it } from "vitest";
import { type AttemptFilter, findAttempts } from "#shared/ledger/findAttempts.ts";
import type { Attempt, AttemptRow, Attempts } from "#shared/ledger/record.ts";
import { createRandom } from "../../simulation/random.ts";

const anAttempt = (n: number): Attempt => ({
  integration: "a",
  delivery: `msg_${n % 9}`,
  event: { id: `e${n}`, name: "alarm", device: `d${n % 4}` },
  number: n,
  at: 1_000 + n,
  tookMs: 1,
  ok: n % 3 !== 0,
});

/** Rows in memory, newest first: of `sizes` attempts each. New rows can be added in front. */
const stored = (sizes: readonly number[]) => {
  let made = 0;
  const rows: AttemptRow[] = [];
  const add = (size: number): void => {
    const attempts = Array.from({ length: size }, () => {
      made += 1;
      return anAttempt(made);
    }).toReversed();
    rows.unshift({ key: String(1_000_000 + made), attempts });
  };
  for (const size of sizes) add(size);
  let read = 0;
  const attempts: Pick<Attempts, "page"> = {
    async page(_, { from = "~", after = "~", limit }) {
      const left = rows.filter(({ key }) => key <= from && key < after);
      const page = left.slice(0, limit);
      read += page.length;
      const last = page.at(-1);
      return { rows: page, ...(last && left.length > limit && { next: last.key }) };
    },
  };
  const all = (): Attempt[] => rows.flatMap((row) => row.attempts);
  return { attempts, rows, add, all, reads: () => read };
};

const walk = async (
  filter: AttemptFilter,
  limit: number,
  { attempts }: Pick<ReturnType<typeof stored>, "attempts">,
  between: () => void = () => {},
): Promise<number[]> => {
  const found: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await findAttempts("a", { filter, limit, cursor }, { attempts });
    expect(page.attempts.length).toBeLessThanOrEqual(limit);
    found.push(...page.attempts.map(({ number }) => number));
    cursor = page.cursor;
    between();
  } while (cursor !== undefined);
  return found;
};

describe("a page of attempts", () => {
  it.each([1, 2, 5, 24, 25, 26, 100])("has each attempt once, with pages of %i", async (limit) => {
    const world = stored([25, 1, 0, 7, 25, 3]);
    const newestFirst = world.all().map(({ number }) => number);
    expect(await walk({}, limit, world)).toEqual(newestFirst);
  });

  it("has each attempt once that stays, while rows are added and expire", async () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const random = createRandom(seed);
      const world = stored(Array.from({ length: 12 }, () => random.int(1, 9)));
      const before = world.all().map(({ number }) => number);
      const expired = new Set<number>();
      const found = await walk({}, random.int(1, 12), world, () => {
        if (random.bool(0.5)) world.add(random.int(1, 9));
        const oldest = random.bool(0.1) ? world.rows.pop() : undefined;
        for (const { number } of oldest?.attempts ?? []) expired.add(number);
      });
      expect(new Set(found).size, `seed ${seed}`).toBe(found.length);
      const stayed = before.filter((number) => !expired.has(number));
      expect(
        stayed.filter((number) => !found.includes(number)),
        `seed ${seed}`,
      ).toEqual([]);
    }
  });

  it.each([
    [{ outcome: "ok" }, (one: Attempt) => one.ok],
    [{ outcome: "failed" }, (one: Attempt) => !one.ok],
    [{ device: "d2" }, (one: Attempt) => one.event.device === "d2"],
    [{ delivery: "msg_4" }, (one: Attempt) => one.delivery === "msg_4"],
    [{ since: 1_010, until: 1_030 }, ({ at }: Attempt) => at >= 1_010 && at < 1_030],
    [{ outcome: "ok", device: "d1" }, (one: Attempt) => one.ok && one.event.device === "d1"],
  ] as const)("has only the attempts that match %o", async (filter, matches) => {
    const world = stored([25, 25, 13]);
    const wanted = world.all().filter(matches);
    expect(await walk(filter, 4, world)).toEqual(wanted.map(({ number }) => number));
  });

  it("reads a bounded number of rows for a filter that matches none, and continues", async () => {
    const world = stored(Array.from({ length: 250 }, () => 1));
    const filter = { delivery: "none" };
    const query = { filter, limit: 10, cursor: undefined };
    const page = await findAttempts("a", query, world);
    expect(page.attempts).toEqual([]);
    expect(world.reads()).toBe(100);
    expect(await walk(filter, 10, world)).toEqual([]);
    const other = { filter: { delivery: "x" }, limit: 10, cursor: page.cursor };
    await expect(findAttempts("a", other, world)).rejects.toThrow(/other filters/);
  });
});
