import { describe, expect, it } from "vitest";
import type { Integrations } from "#shared/integration/model/integrations.ts";
import type { Listeners } from "#shared/stream/ports.ts";
import { anIntegration, fleet, someTime } from "../../memory/samples.ts";

/** What is true of a region's listeners wherever they are kept, beside its integrations. */
export const listenersContract = (
  open: () => Promise<{ listeners: Listeners; elsewhere: Listeners; integrations: Integrations }>,
): void => {
  describe("listeners", () => {
    it("are there since the first said so, for as long as the last said", async () => {
      const { listeners } = await open();
      expect(await listeners.find(fleet)).toBeUndefined();
      const first = { since: someTime, until: someTime + 10 };
      expect(await listeners.listen(fleet, someTime, someTime + 10)).toEqual(first);
      const longer = { since: someTime, until: someTime + 20 };
      expect(await listeners.listen(fleet, someTime + 9, someTime + 20)).toEqual(longer);
      expect(await listeners.find(fleet)).toEqual(longer);
      expect(await listeners.find("other")).toBeUndefined();
    });

    it("begin anew when there was a time without", async () => {
      const { listeners } = await open();
      await listeners.listen(fleet, someTime, someTime + 10);
      const anew = { since: someTime + 10, until: someTime + 30 };
      expect(await listeners.listen(fleet, someTime + 10, someTime + 30)).toEqual(anew);
    });

    it("agree when many come at once", async () => {
      const { listeners } = await open();
      const all = [1, 2, 3, 4].map((i) =>
        listeners.listen(fleet, someTime + i, someTime + 1_000 + i),
      );
      const begun = (await Promise.all(all)).map(({ since }) => since);
      const { since } = (await listeners.find(fleet))!;
      expect(new Set(begun)).toEqual(new Set([since]));
    });

    it("are known to whoever reads the fleet's integrations, in whatever region, and are none", async () => {
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
