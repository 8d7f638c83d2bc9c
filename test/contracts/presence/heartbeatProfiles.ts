import { describe, expect, it } from "vitest";
import {
  type HeartbeatProfiles,
  updateProfile,
} from "#shared/presence/recovery/heartbeatProfile.ts";
import { deviceId, someTime } from "../../memory/samples.ts";

/** What is true of rhythms wherever they are kept. */
export const heartbeatProfilesContract = (open: () => Promise<HeartbeatProfiles>): void => {
  describe("rhythms", () => {
    it("remember the round that is under way, until it is over", async () => {
      const profiles = await open();
      expect(await profiles.round()).toBeUndefined();
      await profiles.putRound({ keys: ["heard/1", "heard/2"], shard: 3 });
      expect(await profiles.round()).toEqual({ keys: ["heard/1", "heard/2"], shard: 3 });
      await profiles.putRound(undefined);
      expect(await profiles.round()).toBeUndefined();
    });

    it("are those that were last written, of their shard", async () => {
      const profiles = await open();
      expect(await profiles.read(0)).toEqual([]);
      const one = {
        ...updateProfile(undefined, deviceId, someTime),
        wake: 600_000,
        silentAt: someTime,
      };
      await profiles.write(0, [one, updateProfile(undefined, "f".repeat(24), someTime)]);
      await profiles.write(0, [one]);
      expect(await profiles.read(0)).toEqual([one]);
      expect(await profiles.read(1)).toEqual([]);
    });
  });
};
