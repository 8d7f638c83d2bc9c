import { describe, expect, it } from "vitest";
import {
  type HeartbeatProfiles,
  updateProfile,
} from "#shared/presence/recovery/heartbeatProfile.ts";
import { deviceId, someTime } from "../../memory/samples.ts";

/** The contract of every `HeartbeatProfiles`. */
export const heartbeatProfilesContract = (open: () => Promise<HeartbeatProfiles>): void => {
  describe("heartbeat profiles", () => {
    it("store the round in progress until it ends", async () => {
      const profiles = await open();
      expect(await profiles.round()).toBeUndefined();
      await profiles.putRound({ keys: ["heard/1", "heard/2"], shard: 3 });
      expect(await profiles.round()).toEqual({ keys: ["heard/1", "heard/2"], shard: 3 });
      await profiles.putRound(undefined);
      expect(await profiles.round()).toBeUndefined();
    });

    it("are the latest ones of their shard", async () => {
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
