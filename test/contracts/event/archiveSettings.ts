import { expect, it } from "vitest";
import type { ArchiveSettings } from "#shared/archive/ports.ts";
import type { Integrations } from "#shared/integration/model/integrations.ts";
import { anIntegration, fleet } from "../../memory/samples.ts";

/** The contract of `ArchiveSettings`: workers read a fleet's setting with its integrations. */
export const archiveSettingsContract = (
  open: () => Promise<{ archiveSettings: ArchiveSettings; integrations: Integrations }>,
): void => {
  it("the archive setting of a fleet is read with its integrations", async () => {
    const { archiveSettings, integrations } = await open();
    await integrations.add(anIntegration());
    expect(await archiveSettings.find(fleet)).toBeUndefined();
    expect((await integrations.fleetRouting(fleet)).archive).toBeUndefined();
    for (const setting of [
      { enabled: true, days: 30 },
      { enabled: false, days: 7 },
    ]) {
      await archiveSettings.put(fleet, setting);
      expect(await archiveSettings.find(fleet)).toEqual(setting);
      const fleetRouting = await integrations.fleetRouting(fleet);
      expect(fleetRouting.archive).toEqual(setting);
      expect(fleetRouting.integrations).toEqual([anIntegration()]);
    }
    expect(await archiveSettings.find("another")).toBeUndefined();
  });

  it("the archive setting is replaced only if it is the one that was read", async () => {
    const { archiveSettings } = await open();
    const [first, second] = [
      { enabled: true, days: 30 },
      { enabled: true, days: 7 },
    ];
    expect(await archiveSettings.replace(fleet, second, first)).toBe(false);
    expect(await archiveSettings.replace(fleet, first, undefined)).toBe(true);
    expect(await archiveSettings.replace(fleet, second, undefined)).toBe(false);
    expect(await archiveSettings.replace(fleet, second, { ...first, enabled: false })).toBe(false);
    expect(await archiveSettings.find(fleet)).toEqual(first);
    expect(await archiveSettings.replace(fleet, second, first)).toBe(true);
    expect(await archiveSettings.find(fleet)).toEqual(second);
  });
};
