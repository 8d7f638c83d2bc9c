import { describe, expect, it } from "vitest";
import { deliver } from "#shared/delivery/deliver.ts";
import { unmatchedDelivery } from "#shared/delivery/delivery.ts";
import { heldSecondsMax, unreadableHoldMs } from "#shared/delivery/limits.ts";
import { aDelivery, anEvent, anIntegration, someTime } from "../../memory/samples.ts";
import { createDeps, deadLettersOf, takeNext } from "./deliverDeps.ts";

describe("a delivery whose integration is unreadable", () => {
  it("waits without an attempt, and is dead-lettered after the length of the schedule", async () => {
    const deps = createDeps(204);
    const integrations = { ...deps.integrations, find: async () => "unreadable" as const };
    expect(await deliver(aDelivery(), { ...deps, integrations })).toBe("waiting");
    const waits = takeNext(deps)!;
    expect(waits).toMatchObject({ attempts: 0, heldSince: someTime });
    expect(waits.notBefore).toBeGreaterThanOrEqual(someTime + unreadableHoldMs);
    deps.clock.ms += heldSecondsMax * 1_000;
    expect(await deliver(waits, { ...deps, integrations })).toBe("deadLettered");
    expect((await deadLettersOf(deps))[0]?.reason).toBe("the integration cannot be read");
    expect(deps.requests).toEqual([]);
  });
});

describe("a delivery that was created while its integration was unreadable", () => {
  const unmatched = unmatchedDelivery(anEvent(), "integration-1", someTime);

  it("waits for the integration, then has the whole schedule and the integration's deadline", async () => {
    const deps = createDeps(500, anIntegration({ deadline: 600 }));
    const integrations = { ...deps.integrations, find: async () => "unreadable" as const };
    await deliver(unmatched, { ...deps, integrations });
    const waits = takeNext(deps)!;
    expect(waits).toMatchObject({ unmatched: true, attempts: 0 });
    deps.clock.ms += 3_600_000;
    expect(await deliver(waits, deps)).toBe("retried");
    const retried = takeNext(deps)!;
    expect(retried).toMatchObject({ id: unmatched.id, attempts: 1 });
    expect(retried.deadline).toBe(deps.clock.ms + 600_000);
    expect(retried.unmatched).toBeUndefined();
  });

  it.each([
    ["its event does not match", { event: "hum" }],
    ["it is for another device", { deviceID: "f".repeat(24) }],
  ])("is discarded if %s", async (_, given) => {
    const deps = createDeps(204, anIntegration(given));
    expect(await deliver(unmatched, deps)).toBe("discarded");
    expect(deps.requests).toEqual([]);
    expect(await deadLettersOf(deps)).toEqual([]);
  });

  it("is dead-lettered if the integration is disabled, because it may have been enabled when the event came", async () => {
    const deps = createDeps(204, anIntegration({ disabled: true }));
    expect(await deliver(unmatched, deps)).toBe("deadLettered");
    expect((await deadLettersOf(deps))[0]?.reason).toBe("the integration is disabled");
  });
});
