import { describe, expect, it } from "vitest";
import { dayMs } from "#shared/platform/durations.ts";
import { vitalsDays } from "#shared/presence/vitals/limits.ts";
import type { Vitals, VitalsStore } from "#shared/presence/vitals/vitals.ts";
import { deviceId, fleet, someTime } from "../../memory/samples.ts";

const at = (ms: number, more: Partial<Vitals> = {}): Vitals => ({
  device: deviceId,
  fleet,
  at: ms,
  event: `e${ms}`,
  payload: { device: { system: { uptime: ms, load: 0.25, gone: { err: -210 } } } },
  ...more,
});

const all = { fleet, since: 0, until: Number.MAX_SAFE_INTEGER, limit: 100 };

/** Every implementation of `VitalsStore` has these properties. */
export const vitalsContract = (open: (now: () => number) => Promise<VitalsStore>): void => {
  describe("VitalsStore", () => {
    it("lists the vitals of a device in a fleet, newest first, each once", async () => {
      const store = await open(() => someTime);
      const [old, latest] = [at(someTime - 1), at(someTime)];
      for (const one of [latest, old, latest]) await store.add(one);
      await store.add(at(someTime, { fleet: "another", event: "x" }));
      await store.add(at(someTime, { device: "f".repeat(24) }));
      expect(await store.list(deviceId, { ...all, fleet: "none" })).toEqual({ vitals: [] });
      expect(await store.list(deviceId, all)).toEqual({ vitals: [latest, old] });
    });

    it("lists them in pages, of a range of times", async () => {
      const store = await open(() => someTime);
      for (let i = 0; i < 5; i += 1) await store.add(at(someTime - i));
      const range = { ...all, since: someTime - 3, until: someTime, limit: 2 };
      const first = await store.list(deviceId, range);
      expect(first.vitals.map((one) => one.at)).toEqual([someTime - 1, someTime - 2]);
      const second = await store.list(deviceId, { ...range, after: first.next });
      expect(second.vitals.map((one) => one.at)).toEqual([someTime - 3]);
      expect(await store.list(deviceId, { ...range, after: "x" })).toEqual({ vitals: [] });
      expect(await store.list(deviceId, { ...range, since: 9, until: 3 })).toEqual({ vitals: [] });
    });

    it("counts the vitals of a range, of all fleets, up to a bound", async () => {
      const store = await open(() => someTime);
      for (let i = 0; i < 4; i += 1) await store.add(at(someTime + i, { fleet: `f${i}` }));
      const range = { since: someTime + 1, until: someTime + 3 };
      expect(await store.count(deviceId, range, 10)).toBe(2);
      expect(await store.count(deviceId, range, 1)).toBe(1);
    });

    it("does not list expired vitals", async () => {
      const store = await open(() => someTime + vitalsDays * dayMs + 1_000);
      await store.add(at(someTime));
      expect(await store.list(deviceId, all)).toEqual({ vitals: [] });
    });
  });
};
