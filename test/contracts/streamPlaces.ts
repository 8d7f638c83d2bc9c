import { describe, expect, it } from "vitest";
import { streamsPerFleetMax } from "#shared/limits.ts";
import type { StreamPlaces } from "#shared/ports.ts";
import { fleet, someTime } from "../memory/samples.ts";

const now = someTime;
const until = now + 900_000;

/** What is true of places for streams wherever they are kept. */
export const streamPlacesContract = (open: () => Promise<StreamPlaces>): void => {
  describe("places for streams", () => {
    /** Takes them all, one after another. */
    const full = async () => {
      const places = await open();
      const first = await places.take(fleet, { now, until });
      for (let i = 1; i < streamsPerFleetMax; i += 1) {
        expect(await places.take(fleet, { now, until: until + i })).toBeDefined();
      }
      return { places, first: first! };
    };

    it("are so many for a fleet, and another has its own", async () => {
      const { places } = await full();
      expect(await places.take(fleet, { now, until })).toBeUndefined();
      expect(await places.take("other", { now, until })).toBeDefined();
    });

    it("are free again when they are given back, and when their time is over", async () => {
      const { places, first } = await full();
      await places.giveBack(first);
      expect(await places.take(fleet, { now, until: until + 99_999 })).toBeDefined();
      expect(await places.take(fleet, { now, until })).toBeUndefined();
      const later = { now: until + 2, until: until + 900_000 };
      expect(await places.take(fleet, later)).toBeDefined();
      expect(await places.take(fleet, later)).toBeDefined();
      expect(await places.take(fleet, later)).toBeUndefined();
    });

    it("are not taken from whoever has one after it", async () => {
      const { places, first } = await full();
      const later = { now: until, until: until + 900_000 };
      expect(await places.take(fleet, later)).toMatchObject({ place: first.place });
      await places.giveBack(first);
      expect(await places.take(fleet, later)).toBeUndefined();
    });

    it("go to one each when many come at once", async () => {
      const places = await open();
      const all = Array.from({ length: 30 }, () => places.take(fleet, { now, until }));
      const taken = (await Promise.all(all)).flatMap((one) => one?.place ?? []);
      // Some may find none: others were quicker each time.
      expect(taken.length).toBeGreaterThan(15);
      expect(new Set(taken).size).toBe(taken.length);
    });
  });
};
