import { describe, expect, it } from "vitest";
import { integrationsFreshMs } from "#shared/integration/model/limits.ts";
import {
  addLimit,
  findLimit,
  removeLimit,
  replaceLimit,
} from "#shared/ledger/limit/manageLimits.ts";
import { usageLimitsPerFleetMax } from "#shared/limit/limits.ts";
import { versionOfRevision } from "#shared/platform/version.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryUsageLimits } from "../../memory/delivery/usageLimits.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { anIntegration, deviceId, fleet, someTime } from "../../memory/samples.ts";

const world = () => {
  const devices = memoryDevices([{ id: deviceId, fleet, name: "pump", createdAt: "" }]);
  return {
    limits: memoryUsageLimits(),
    devices,
    integrations: memoryIntegrations([anIntegration()]),
    now: () => someTime,
    wait: async () => {},
  };
};

const of = { fleet, owner: { username: "ada@example.com" } };
const settings = { period: "day", limit: 10, action: "park" } as const;

describe("a limit of usage", () => {
  it("of a device is created by its name, and that of an integration by its id", async () => {
    const deps = world();
    const device = await addLimit(of, { ...settings, scope: "device", target: "pump" }, deps);
    expect(device).toMatchObject({ target: deviceId, limit: 10, revision: 0 });
    const integration = { ...settings, scope: "integration", target: "integration-1" } as const;
    expect(await addLimit(of, integration, deps)).toMatchObject({ target: "integration-1" });
    expect((await deps.limits.ofFleet(fleet)).limits).toHaveLength(2);
  });

  it("is refused for a target that the fleet lacks, or that does not fit its scope", async () => {
    const deps = world();
    const add = (some: object) =>
      addLimit(of, { ...settings, scope: "fleet", ...some }, deps).catch((error) => error.code);
    expect(await add({ scope: "device", target: "f".repeat(24) })).toBe("not_found");
    expect(await add({ scope: "integration", target: "integration-2" })).toBe("not_found");
    expect(await add({ scope: "device" })).toBe("invalid_request");
    expect(await add({ target: "pump" })).toBe("invalid_request");
    expect(await add({ scope: "product" })).toBe("invalid_request");
    const ofProduct = { ...of, owner: { ...of.owner, product: 7 } };
    const { scope } = await addLimit(ofProduct, { ...settings, scope: "product" }, deps);
    expect(scope).toBe("product");
  });

  it("is stored, changed and removed before a reply, which every worker knows then", async () => {
    const deps = world();
    const known: string[] = [];
    const wait = async (ms: number) => {
      const { limits } = await deps.limits.ofFleet(fleet);
      known.push(`${limits.map(({ limit }) => limit)} ${ms}`);
    };
    const { id } = await addLimit(of, { ...settings, scope: "fleet" }, { ...deps, wait });
    const changed = { fleet, id, expected: undefined };
    await replaceLimit(changed, { limit: 20, action: "park" }, { ...deps, wait });
    await removeLimit(changed, { ...deps, wait });
    expect(known).toEqual([10, 20, ""].map((limit) => `${limit} ${integrationsFreshMs}`));
  });

  it("is one of a bounded number in a fleet", async () => {
    const deps = world();
    const add = () => addLimit(of, { ...settings, scope: "fleet" }, deps);
    for (let n = 0; n < usageLimitsPerFleetMax; n += 1) await add();
    await expect(add()).rejects.toMatchObject({ code: "limit_reached" });
  });

  it("is changed and removed only in the version that the client has read", async () => {
    const deps = world();
    const { id, revision } = await addLimit(of, { ...settings, scope: "fleet", name: "all" }, deps);
    const at = (version: number) => new Set([versionOfRevision({ revision: version })]);
    const change = { limit: 20, action: "slow" } as const;
    const changed = await replaceLimit({ fleet, id, expected: at(revision) }, change, deps);
    expect(changed).toMatchObject({ limit: 20, action: "slow", revision: 1, period: "day" });
    expect(changed.name).toBeUndefined();
    const stale = { code: "precondition_failed" };
    const first = { fleet, id, expected: at(revision) };
    await expect(replaceLimit(first, change, deps)).rejects.toMatchObject(stale);
    await expect(removeLimit(first, deps)).rejects.toMatchObject(stale);
    const other = { fleet: "another", id, expected: undefined };
    await expect(removeLimit(other, deps)).rejects.toMatchObject({ code: "not_found" });
    await removeLimit({ fleet, id, expected: at(1) }, deps);
    await expect(findLimit(fleet, id, deps)).rejects.toMatchObject({ code: "not_found" });
  });
});
