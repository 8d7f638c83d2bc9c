import { describe, expect, it } from "vitest";
import { recoveryDays } from "#shared/presence/recovery/limits.ts";
import type {
  SessionRecoveries,
  SessionRecovery,
} from "#shared/presence/recovery/sessionRecovery.ts";

import { deviceId, fleet, someTime } from "../../memory/samples.ts";

const aRecovery = (given: Partial<SessionRecovery> = {}): SessionRecovery => ({
  device: deviceId,
  fleet,
  region: "us-east-1",
  issue: "session_lost",
  at: someTime,
  ...given,
});

/** The contract of every `SessionRecoveries`. */
export const sessionRecoveriesContract = (
  open: (now: () => number) => Promise<SessionRecoveries>,
): void => {
  const all = { limit: 10 };

  describe("session recoveries", () => {
    it("are listed for their device and for their fleet, newest first, each once", async () => {
      const recoveries = await open(() => someTime);
      const later = aRecovery({ at: someTime + 1, issue: "presence_wrong" });
      const others = aRecovery({ device: "f".repeat(24), fleet: "f2" });
      for (const one of [aRecovery(), later, aRecovery(), others]) await recoveries.add(one);
      expect(await recoveries.ofDevice(deviceId, all)).toEqual({
        recoveries: [later, aRecovery()],
      });
      expect(await recoveries.ofFleet(fleet, all)).toEqual({ recoveries: [later, aRecovery()] });
      expect(await recoveries.ofFleet("f2", all)).toEqual({ recoveries: [others] });
    });

    it("are listed in pages", async () => {
      const recoveries = await open(() => someTime);
      const made = [2, 1, 0].map((ms) => aRecovery({ at: someTime + ms }));
      for (const one of made) await recoveries.add(one);
      const first = await recoveries.ofDevice(deviceId, { limit: 2 });
      expect(first.recoveries).toEqual(made.slice(0, 2));
      const second = await recoveries.ofDevice(deviceId, { limit: 2, after: first.next });
      expect(second.recoveries).toEqual(made.slice(2));
    });

    it("expire", async () => {
      const recoveries = await open(() => someTime + recoveryDays * 86_400_000);
      await recoveries.add(aRecovery());
      expect((await recoveries.ofDevice(deviceId, all)).recoveries).toEqual([]);
    });
  });
};
