import { describe, expect, it } from "vitest";
import { patchIntegration } from "#shared/integration/patchIntegration.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { anIntegration, deviceId, fleet, stoppedClock } from "../../memory/samples.ts";

const stored = anIntegration({ deviceID: deviceId });

const patch = (changes: Readonly<Record<string, unknown>>) => {
  const device = { id: deviceId, fleet, name: "lamp", createdAt: "" };
  const integrations = memoryIntegrations([stored]);
  const deps = { integrations, devices: memoryDevices([device]), now: stoppedClock().now };
  return patchIntegration({ fleet, id: stored.id }, changes, { ...deps, wait: async () => {} });
};

describe("changing some settings of an integration", () => {
  it.each(["deviceID", "deviceId", "deviceid"])("removes the setting %s by null", async (name) => {
    const { integration } = await patch({ [name]: null });
    expect(integration.deviceID).toBeUndefined();
  });

  it("changes a setting under an alias of its name", async () => {
    const { integration } = await patch({ eventName: "other" });
    expect(integration).toMatchObject({ event: "other", deviceID: deviceId });
  });

  it.each([null, "", 1])("refuses an unknown name with the value %j", async (value) => {
    await expect(patch({ strange: value })).rejects.toThrow(/^strange: is an unknown field/);
  });
});
