import { describe, expect, it } from "vitest";
import { removeIntegration } from "#shared/integration/changeIntegration.ts";
import { integrationInput } from "#shared/integration/integrationInput.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import { patchIntegration } from "#shared/integration/patchIntegration.ts";
import { replaceIntegration } from "#shared/integration/replaceIntegration.ts";
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

describe("a change that names the version it was made from", () => {
  const changes = { event: "mine" };

  /** Another request changes the integration before the `at`-th write of this one. */
  const race = (at: number) => {
    const integrations = memoryIntegrations([anIntegration()]);
    let writes = 0;
    const watched = {
      ...integrations,
      replace: async (next: Integration) => {
        writes += 1;
        if (writes === at) await integrations.disable(fleet, next.id, "broken");
        return integrations.replace(next);
      },
      remove: async (...given: Parameters<typeof integrations.remove>) => {
        writes += 1;
        if (writes === at) await integrations.disable(fleet, given[1], "broken");
        return integrations.remove(...given);
      },
    };
    const deps = { integrations: watched, devices: memoryDevices([]), now: stoppedClock().now };
    return { integrations, deps: { ...deps, wait: async () => {} } };
  };
  const { id } = anIntegration();
  const hook = integrationInput.parse({ event: "mine", url: "https://example.com/" });
  const stale = { code: "precondition_failed" };

  it("is made if the version is the same, and has the next version", async () => {
    const { deps } = race(0);
    const expected = new Set(["r0", "r9"]);
    const { integration } = await patchIntegration({ fleet, id, expected }, changes, deps);
    expect(integration).toMatchObject({ event: "mine", revision: 1 });
    const next = { fleet, id, expected: new Set(["r1"]) };
    expect((await replaceIntegration(next, hook, deps)).integration.revision).toBe(2);
    await removeIntegration({ fleet, id, expected: new Set(["r2"]) }, deps);
  });

  it("changes nothing if the version is another one", async () => {
    const { deps, integrations } = race(0);
    for (const expected of [new Set(["r1"]), new Set<string>()]) {
      const which = { fleet, id, expected };
      await expect(patchIntegration(which, changes, deps)).rejects.toMatchObject(stale);
      await expect(replaceIntegration(which, hook, deps)).rejects.toMatchObject(stale);
      await expect(removeIntegration(which, deps)).rejects.toMatchObject(stale);
    }
    expect(await integrations.find(fleet, id)).toEqual(anIntegration());
  });

  it("changes nothing if another request is faster, at the last moment too", async () => {
    const which = { fleet, id, expected: new Set(["r0"]) };
    for (const run of [
      (deps: ReturnType<typeof race>["deps"]) => patchIntegration(which, changes, deps),
      (deps: ReturnType<typeof race>["deps"]) => replaceIntegration(which, hook, deps),
      (deps: ReturnType<typeof race>["deps"]) => removeIntegration(which, deps),
    ]) {
      const { deps, integrations } = race(1);
      await expect(run(deps)).rejects.toMatchObject(stale);
      expect(await integrations.find(fleet, id)).toMatchObject({ disabledReason: "broken" });
    }
  });
});

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
