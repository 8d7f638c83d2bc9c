import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { ConcurrencySlots, SlotKind } from "#shared/account/caller/acquireSlot.ts";
import { someTime } from "../../memory/samples.ts";

const now = someTime;
const until = now + 900_000;
const kinds: SlotKind[] = ["calls", "tests", "reads"];
/** The slots of each user in these tests. */
const max = 5;

/** Contract of every implementation of `ConcurrencySlots`. */
export const concurrencySlotsContract = (open: () => Promise<ConcurrencySlots>): void => {
  describe.each(kinds)("slots for %s", (kind) => {
    /** Takes them all, one after another. */
    const full = async () => {
      const slots = await open();
      const first = await slots.acquire(kind, "ada", { max, now, until });
      for (let i = 1; i < max; i += 1) {
        expect(await slots.acquire(kind, "ada", { max, now, until: until + i })).toBeDefined();
      }
      return { slots, first: first! };
    };

    it("have a maximum for each user and each kind", async () => {
      const { slots } = await full();
      const other = kinds.find((one) => one !== kind)!;
      expect(await slots.acquire(kind, "ada", { max, now, until })).toBeUndefined();
      expect(await slots.isFull(kind, "ada", { max, now })).toBe(true);
      expect(await slots.isFull(kind, "eve", { max, now })).toBe(false);
      expect(await slots.acquire(kind, "eve", { max, now, until })).toBeDefined();
      expect(await slots.acquire(other, "ada", { max, now, until })).toBeDefined();
    });

    it("are free again when they are released or expire", async () => {
      const { slots, first } = await full();
      await slots.release(first);
      expect(await slots.isFull(kind, "ada", { max, now })).toBe(false);
      expect(await slots.acquire(kind, "ada", { max, now, until: until + 99_999 })).toBeDefined();
      expect(await slots.acquire(kind, "ada", { max, now, until })).toBeUndefined();
      const later = { max, now: until + 2, until: until + 900_000 };
      expect(await slots.isFull(kind, "ada", later)).toBe(false);
      expect(await slots.acquire(kind, "ada", later)).toBeDefined();
      expect(await slots.acquire(kind, "ada", later)).toBeDefined();
      expect(await slots.acquire(kind, "ada", later)).toBeUndefined();
    });

    it("are not released by a request whose slot has expired", async () => {
      const { slots, first } = await full();
      const later = { max, now: until, until: until + 900_000 };
      expect(await slots.acquire(kind, "ada", later)).toMatchObject({ number: first.number });
      await slots.release(first);
      expect(await slots.acquire(kind, "ada", later)).toBeUndefined();
    });

    it("are not shared by requests that end at the same time and draw the same numbers", async () => {
      const random = vi.spyOn(Math, "random").mockReturnValue(0);
      onTestFinished(() => random.mockRestore());
      const slots = await open();
      const all = [1, 2, 3].map(() => slots.acquire(kind, "ada", { max: 1, now, until }));
      expect((await Promise.all(all)).filter((one) => one !== undefined)).toHaveLength(1);
    });

    it("are each acquired once under concurrency, up to the maximum", async () => {
      const slots = await open();
      const most = Math.min(3 * max, 30);
      const all = Array.from({ length: most }, () =>
        slots.acquire(kind, "ada", { max, now, until }),
      );
      const taken = (await Promise.all(all)).flatMap((one) => one?.number ?? []);
      // Some requests may get no slot because others were faster each time.
      expect(taken.length).toBeGreaterThan(Math.min(max, most) / 2);
      expect(taken.length).toBeLessThanOrEqual(max);
      expect(new Set(taken).size).toBe(taken.length);
    });
  });
};
