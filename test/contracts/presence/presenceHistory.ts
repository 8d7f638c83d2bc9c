import { describe, expect, it } from "vitest";
import { dayMs } from "#shared/platform/durations.ts";
import { presenceDays, presenceWritesMax } from "#shared/presence/limits.ts";
import type { PresenceChange, PresenceHistory } from "#shared/presence/presenceHistory.ts";
import { deviceId, fleet, someTime } from "../../memory/samples.ts";

const aChange = (given: Partial<PresenceChange> = {}): PresenceChange => ({
  device: deviceId,
  fleet,
  region: "us-east-1",
  at: someTime,
  online: true,
  write: 1,
  index: 0,
  ...given,
});

/** The contract of every `PresenceHistory`. */
export const presenceHistoryContract = (
  open: (now: () => number) => Promise<PresenceHistory>,
): void => {
  describe("changes of presence", () => {
    it("are listed by device, newest first, of all regions, each once", async () => {
      const history = await open(() => someTime);
      const changes = [
        aChange({ write: 5, at: someTime + 5, region: "eu-west-1" }),
        aChange({ write: 3, index: 1, at: someTime + 3 }),
        aChange({ write: 3, at: someTime + 3, online: false, reason: "DUPLICATE_CLIENTID" }),
        aChange(),
      ];
      for (const one of changes.toReversed()) await history.add(one);
      await history.add(changes[1] ?? aChange());
      await history.add(aChange({ device: "f".repeat(24) }));
      expect(await history.list(deviceId)).toEqual(changes);
      expect(await history.list("e".repeat(24))).toEqual([]);
    });

    it("are bounded: a later one replaces an earlier one", async () => {
      const history = await open(() => someTime);
      for (const write of [1, 2, presenceWritesMax + 1]) {
        await history.add(aChange({ write, at: someTime + write }));
      }
      const writes = (await history.list(deviceId)).map(({ write }) => write);
      expect(writes).toEqual([presenceWritesMax + 1, 2]);
    });

    it("expire", async () => {
      const history = await open(() => someTime + presenceDays * dayMs);
      await history.add(aChange());
      await history.add(aChange({ write: 2, at: someTime + 1_000 }));
      expect((await history.list(deviceId)).map(({ write }) => write)).toEqual([2]);
    });
  });
};
