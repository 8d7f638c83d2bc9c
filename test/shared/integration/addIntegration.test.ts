import { describe, expect, it } from "vitest";
import { addIntegration } from "#shared/integration/addIntegration.ts";
import { removeIntegration } from "#shared/integration/changeIntegration.ts";
import { findIntegration } from "#shared/integration/findIntegration.ts";
import { integrationInput } from "#shared/integration/integrationInput.ts";
import { integrationsPerFleetMax } from "#shared/integration/limits.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { anIntegration, deviceId, fleet, someTime, stoppedClock } from "../../memory/samples.ts";
import { remembering } from "./model/cacheSupport.ts";

const device = { id: deviceId, fleet, name: "lamp", owner: "a@b.c", createdAt: "" };

const world = (count = 0) => {
  const clock = stoppedClock();
  const given = Array.from({ length: count }, (_, i) => anIntegration({ id: `i${i}` }));
  return {
    clock,
    integrations: memoryIntegrations(given),
    devices: memoryDevices([device]),
    now: clock.now,
    wait: async (ms: number) => {
      clock.ms += ms;
    },
  };
};

const input = (given: object = {}) =>
  integrationInput.parse({ event: "temp", url: "https://example.com/a?b", ...given });

describe("adding an integration", () => {
  it("stores it with an id, a name and its creation time", async () => {
    const deps = world();
    const made = await addIntegration(fleet, input(), deps);
    expect(made).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      fleet,
      name: "temp for example.com",
      createdAt: new Date(someTime).toISOString(),
    });
    expect(made).not.toHaveProperty("integration_type");
    expect(await findIntegration(fleet, made.id, deps)).toEqual(made);
    expect(await addIntegration(fleet, input({ name: "mine" }), deps)).toMatchObject({
      name: "mine",
    });
  });

  it("gives it a signing secret, and its product if it has one", async () => {
    const made = await addIntegration(fleet, { ...input(), product: 17 }, world());
    expect(made.product).toBe(17);
    expect(made.signing).toEqual({ secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) });
  });

  it("returns after every worker knows it, as does removing", async () => {
    const deps = world();
    const known = remembering(deps);
    expect((await known.ofFleet(fleet)).known).toEqual([]);
    const made = await addIntegration(fleet, input(), deps);
    expect((await known.ofFleet(fleet)).known).toEqual([made]);
    await removeIntegration({ fleet, id: made.id }, deps);
    expect((await known.ofFleet(fleet)).known).toEqual([]);
  });

  it("accepts only devices of the fleet, by id or name", async () => {
    const deps = world();
    for (const deviceid of [deviceId, deviceId.toUpperCase(), "lamp", "Lamp"]) {
      const made = await addIntegration(fleet, input({ deviceid }), deps);
      expect(made.deviceID).toBe(deviceId);
    }
    const foreign = input({ deviceid: "f".repeat(24) });
    await expect(addIntegration(fleet, foreign, deps)).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(
      addIntegration("other", input({ deviceid: deviceId }), deps),
    ).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("works while another integration is unreadable, and counts that one", async () => {
    const withUnreadable = (count: number) => {
      const deps = world(count);
      const fleetRouting = async (of: string) => ({
        ...(await deps.integrations.fleetRouting(of)),
        unreadable: new Map([["broken", new Error("no JSON")]]),
      });
      return { ...deps, integrations: { ...deps.integrations, fleetRouting } };
    };
    expect(await addIntegration(fleet, input(), withUnreadable(1))).toHaveProperty("id");
    const full = withUnreadable(integrationsPerFleetMax - 1);
    await expect(addIntegration(fleet, input(), full)).rejects.toMatchObject({
      code: "limit_reached",
    });
  });

  it("fails at the maximum per fleet", async () => {
    const deps = world(integrationsPerFleetMax);
    await expect(addIntegration(fleet, input(), deps)).rejects.toMatchObject({
      code: "limit_reached",
      status: 409,
    });
    expect(await addIntegration("other", input(), deps)).toHaveProperty("id");
  });
});

describe("an integration of another fleet", () => {
  it("is not found, and cannot be removed", async () => {
    const deps = world(1);
    await expect(findIntegration("other", "i0", deps)).rejects.toMatchObject({ status: 404 });
    await expect(removeIntegration({ fleet: "other", id: "i0" }, deps)).rejects.toMatchObject({
      status: 404,
    });
    expect(await findIntegration(fleet, "i0", deps)).toHaveProperty("id", "i0");
  });
});
