import { describe, expect, it } from "vitest";
import type { Integrations } from "#shared/integration/model/integrations.ts";
import type { Listeners } from "#shared/stream/ports.ts";
import { anIntegration, fleet, someTime } from "../../memory/samples.ts";

/** The contract of `Listeners`, together with the region's integrations. */
export const listenersContract = (
  open: () => Promise<{ listeners: Listeners; elsewhere: Listeners; integrations: Integrations }>,
): void => {
  describe("listeners", () => {
    it("have a period from the first registration to the last extension", async () => {
      const { listeners } = await open();
      expect(await listeners.find(fleet)).toBeUndefined();
      const first = { since: someTime, until: someTime + 10 };
      expect(await listeners.listen(fleet, someTime, someTime + 10)).toEqual(first);
      const longer = { since: someTime, until: someTime + 20 };
      expect(await listeners.listen(fleet, someTime + 9, someTime + 20)).toEqual(longer);
      expect(await listeners.find(fleet)).toEqual(longer);
      expect(await listeners.find("other")).toBeUndefined();
    });

    it("start a new period after a break", async () => {
      const { listeners } = await open();
      await listeners.listen(fleet, someTime, someTime + 10);
      const restarted = { since: someTime + 10, until: someTime + 30 };
      expect(await listeners.listen(fleet, someTime + 10, someTime + 30)).toEqual(restarted);
    });

    it("share one period when many register concurrently", async () => {
      const { listeners } = await open();
      const all = [1, 2, 3, 4].map((i) =>
        listeners.listen(fleet, someTime + i, someTime + 1_000 + i),
      );
      const begun = (await Promise.all(all)).map(({ since }) => since);
      const { since } = (await listeners.find(fleet))!;
      expect(new Set(begun)).toEqual(new Set([since]));
    });

    it("are read with the fleet's integrations in every region, and are not listed as integrations", async () => {
      const { listeners, elsewhere, integrations } = await open();
      const one = anIntegration();
      await integrations.add(one);
      const fleetRouting = { integrations: [one], unreadable: new Map(), healthRecords: [] };
      expect(await integrations.fleetRouting(fleet)).toEqual({ ...fleetRouting, listenedUntil: 0 });
      await elsewhere.listen(fleet, someTime, someTime + 10);
      const there = { ...fleetRouting, listenedUntil: someTime + 10 };
      expect(await integrations.fleetRouting(fleet)).toEqual(there);
      await listeners.listen(fleet, someTime, someTime + 99);
      const both = { ...fleetRouting, listenedUntil: someTime + 99 };
      expect(await integrations.fleetRouting(fleet)).toEqual(both);
      expect(await elsewhere.find(fleet)).toEqual({ since: someTime, until: someTime + 10 });
    });
  });
};
