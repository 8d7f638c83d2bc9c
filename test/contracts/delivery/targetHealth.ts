import { describe, expect, it } from "vitest";
import type { Integrations } from "#shared/integration/model/integrations.ts";
import type { TargetHealth, TargetHealthStore } from "#shared/resilience/targetHealth.ts";
import { anIntegration, fleet, someTime } from "../../memory/samples.ts";

/** The contract of `TargetHealthStore`. `integrations` are those of the same region. */
export const targetHealthContract = (
  open: () => Promise<{
    healthRecords: TargetHealthStore;
    elsewhere: TargetHealthStore;
    integrations: Integrations;
  }>,
): void => {
  const first: TargetHealth = {
    integration: "integration-1",
    since: someTime,
    hours: 1,
    countedAt: someTime,
    told: 0,
    openUntil: someTime + 1,
    revision: 1,
  };

  describe("target health", () => {
    it("is read with the integrations of its fleet and region only", async () => {
      const { healthRecords, elsewhere, integrations } = await open();
      await integrations.add(anIntegration());
      expect((await integrations.fleetRouting(fleet)).healthRecords).toEqual([]);
      expect(await healthRecords.put(fleet, first)).toBe(true);
      expect(await elsewhere.put(fleet, { ...first, integration: "integration-2" })).toBe(true);
      expect(await integrations.fleetRouting(fleet)).toEqual({
        integrations: [anIntegration()],
        unreadable: new Map(),
        listenedUntil: 0,
        healthRecords: [first],
      });
      expect((await integrations.fleetRouting("another")).healthRecords).toEqual([]);
    });

    it("is written by one of several workers with the same revision", async () => {
      const { healthRecords, integrations } = await open();
      const put = () => healthRecords.put(fleet, first);
      expect((await Promise.all([put(), put(), put()])).sort()).toEqual([false, false, true]);
      const { since: _, openUntil: __, ...over } = { ...first, revision: 2 };
      expect(await healthRecords.put(fleet, over)).toBe(true);
      expect(await healthRecords.put(fleet, { ...first, revision: 2 })).toBe(false);
      expect((await integrations.fleetRouting(fleet)).healthRecords).toEqual([over]);
    });
  });

  describe("an integration", () => {
    it("is disabled once, with a reason, and keeps its other settings", async () => {
      const { integrations } = await open();
      await integrations.add(anIntegration());
      const disable = () => integrations.disable(fleet, "integration-1", "gone");
      expect((await Promise.all([disable(), disable()])).sort()).toEqual([false, true]);
      expect(await disable()).toBe(false);
      expect(await integrations.find(fleet, "integration-1")).toEqual(
        anIntegration({ disabled: true, disabledReason: "gone", revision: 1 }),
      );
    });

    it("that does not exist is neither disabled nor created", async () => {
      const { integrations } = await open();
      await integrations.add(anIntegration());
      expect(await integrations.disable("another", "integration-1", "gone")).toBe(false);
      expect(await integrations.disable(fleet, "integration-2", "gone")).toBe(false);
      expect((await integrations.fleetRouting(fleet)).integrations).toEqual([anIntegration()]);
    });
  });
};
