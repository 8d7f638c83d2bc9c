import { describe, expect, it } from "vitest";
import { learn } from "#shared/presence/recovery/rhythm.ts";
import type { Rhythms } from "#shared/presence/recovery/rhythms.ts";
import { deviceId, someTime } from "../../memory/samples.ts";

/** What is true of rhythms wherever they are kept. */
export const rhythmsContract = (open: () => Promise<Rhythms>): void => {
  describe("rhythms", () => {
    it("remember the round that is under way, until it is over", async () => {
      const rhythms = await open();
      expect(await rhythms.round()).toBeUndefined();
      await rhythms.putRound({ keys: ["heard/1", "heard/2"], shard: 3 });
      expect(await rhythms.round()).toEqual({ keys: ["heard/1", "heard/2"], shard: 3 });
      await rhythms.putRound(undefined);
      expect(await rhythms.round()).toBeUndefined();
    });

    it("are those that were last written, of their shard", async () => {
      const rhythms = await open();
      expect(await rhythms.read(0)).toEqual([]);
      const one = { ...learn(undefined, deviceId, someTime), wake: 600_000, silentAt: someTime };
      await rhythms.write(0, [one, learn(undefined, "f".repeat(24), someTime)]);
      await rhythms.write(0, [one]);
      expect(await rhythms.read(0)).toEqual([one]);
      expect(await rhythms.read(1)).toEqual([]);
    });
  });
};
