import { describe, expect, it } from "vitest";
import { enableIntegration } from "#shared/integration/changeIntegration.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { anIntegration, fleet, stoppedClock } from "../../memory/samples.ts";
import { remembering } from "./model/cacheSupport.ts";

const disabled = anIntegration({
  disabled: true,
  disabledReason: "the target is gone",
  signing: { secret: "whsec_one" },
});
const one = { fleet, id: disabled.id };

const world = (given = disabled) => {
  const clock = stoppedClock();
  const integrations = memoryIntegrations([given]);
  const wait = async (ms: number) => {
    clock.ms += ms;
  };
  return { integrations, now: clock.now, wait };
};

describe("enabling an integration", () => {
  it("keeps all other settings, including secrets, and stores the time", async () => {
    const deps = world();
    const enabledAt = deps.now();
    const { disabledReason: _, revision: _revision, ...rest } = disabled;
    await enableIntegration(one, deps);
    const stored = await deps.integrations.find(fleet, one.id);
    expect(stored).toMatchObject({ ...rest, disabled: false, enabledAt });
    expect(stored).not.toHaveProperty("disabledReason");
  });

  it("does not reset the count of an enabled integration", async () => {
    const deps = world({ ...anIntegration(), enabledAt: 5 });
    expect(await enableIntegration(one, deps)).toMatchObject({ disabled: false, enabledAt: 5 });
  });

  it("returns after every worker uses it", async () => {
    const deps = world();
    const known = remembering(deps);
    await known.find(fleet, one.id);
    await enableIntegration(one, deps);
    expect(await known.find(fleet, one.id)).toMatchObject({ disabled: false });
  });

  it("fails for a missing integration and for one of another fleet", async () => {
    const deps = world();
    const notFound = { code: "not_found" };
    await expect(enableIntegration({ ...one, id: "none" }, deps)).rejects.toMatchObject(notFound);
    const elsewhere = { ...one, fleet: "another" };
    await expect(enableIntegration(elsewhere, deps)).rejects.toMatchObject(notFound);
  });
});
