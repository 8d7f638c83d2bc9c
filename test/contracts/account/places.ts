import { describe, expect, it } from "vitest";
import { placesMax } from "#shared/account/caller/limits.ts";
import type { PlaceKind, Places } from "#shared/account/caller/places.ts";
import { someTime } from "../../memory/samples.ts";

const now = someTime;
const until = now + 900_000;
const kinds: PlaceKind[] = ["calls", "streams", "tests"];

/** What is true of users' places wherever they are kept. */
export const placesContract = (open: () => Promise<Places>): void => {
  describe.each(kinds)("places for %s", (kind) => {
    /** Takes them all, one after another. */
    const full = async () => {
      const places = await open();
      const first = await places.take(kind, "ada", { now, until });
      for (let i = 1; i < placesMax[kind]; i += 1) {
        expect(await places.take(kind, "ada", { now, until: until + i })).toBeDefined();
      }
      return { places, first: first! };
    };

    it("are so many for a user, and another user and another kind have their own", async () => {
      const { places } = await full();
      const other = kinds.find((one) => one !== kind)!;
      expect(await places.take(kind, "ada", { now, until })).toBeUndefined();
      expect(await places.isFull(kind, "ada", now)).toBe(true);
      expect(await places.isFull(kind, "eve", now)).toBe(false);
      expect(await places.take(kind, "eve", { now, until })).toBeDefined();
      expect(await places.take(other, "ada", { now, until })).toBeDefined();
    });

    it("are free again when they are given back, and when their time is over", async () => {
      const { places, first } = await full();
      await places.giveBack(first);
      expect(await places.isFull(kind, "ada", now)).toBe(false);
      expect(await places.take(kind, "ada", { now, until: until + 99_999 })).toBeDefined();
      expect(await places.take(kind, "ada", { now, until })).toBeUndefined();
      const later = { now: until + 2, until: until + 900_000 };
      expect(await places.isFull(kind, "ada", later.now)).toBe(false);
      expect(await places.take(kind, "ada", later)).toBeDefined();
      expect(await places.take(kind, "ada", later)).toBeDefined();
      expect(await places.take(kind, "ada", later)).toBeUndefined();
    });

    it("are not taken from the request that has one after it", async () => {
      const { places, first } = await full();
      const later = { now: until, until: until + 900_000 };
      expect(await places.take(kind, "ada", later)).toMatchObject({ number: first.number });
      await places.giveBack(first);
      expect(await places.take(kind, "ada", later)).toBeUndefined();
    });

    it("go to one each, and never to more than there are, when many come at once", async () => {
      const places = await open();
      const max = placesMax[kind];
      const most = Math.min(3 * max, 30);
      const all = Array.from({ length: most }, () => places.take(kind, "ada", { now, until }));
      const taken = (await Promise.all(all)).flatMap((one) => one?.number ?? []);
      // Some may find none: others were quicker each time.
      expect(taken.length).toBeGreaterThan(Math.min(max, most) / 2);
      expect(taken.length).toBeLessThanOrEqual(max);
      expect(new Set(taken).size).toBe(taken.length);
    });
  });
};
