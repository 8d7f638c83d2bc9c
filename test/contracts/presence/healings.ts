import { describe, expect, it } from "vitest";
import type { Healing, Healings } from "#shared/presence/recovery/healing.ts";
import { healingDays } from "#shared/presence/recovery/limits.ts";

import { deviceId, fleet, someTime } from "../../memory/samples.ts";

const aHealing = (given: Partial<Healing> = {}): Healing => ({
  device: deviceId,
  fleet,
  region: "us-east-1",
  ill: "session_lost",
  at: someTime,
  ...given,
});

/** What is true of healings wherever they are kept. */
export const healingsContract = (open: (now: () => number) => Promise<Healings>): void => {
  const all = { limit: 10 };

  describe("healings", () => {
    it("are listed for their device and for their fleet, newest first, each once", async () => {
      const healings = await open(() => someTime);
      const later = aHealing({ at: someTime + 1, ill: "presence_wrong" });
      const others = aHealing({ device: "f".repeat(24), fleet: "f2" });
      for (const one of [aHealing(), later, aHealing(), others]) await healings.add(one);
      expect(await healings.ofDevice(deviceId, all)).toEqual({ healings: [later, aHealing()] });
      expect(await healings.ofFleet(fleet, all)).toEqual({ healings: [later, aHealing()] });
      expect(await healings.ofFleet("f2", all)).toEqual({ healings: [others] });
    });

    it("are listed in pages", async () => {
      const healings = await open(() => someTime);
      const made = [2, 1, 0].map((ms) => aHealing({ at: someTime + ms }));
      for (const one of made) await healings.add(one);
      const first = await healings.ofDevice(deviceId, { limit: 2 });
      expect(first.healings).toEqual(made.slice(0, 2));
      const second = await healings.ofDevice(deviceId, { limit: 2, after: first.next });
      expect(second.healings).toEqual(made.slice(2));
    });

    it("are forgotten after their time", async () => {
      const healings = await open(() => someTime + healingDays * 86_400_000);
      await healings.add(aHealing());
      expect((await healings.ofDevice(deviceId, all)).healings).toEqual([]);
    });
  });
};
