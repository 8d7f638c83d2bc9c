import { describe, expect, it } from "vitest";
import { zeroUsage } from "#shared/ledger/usage/usage.ts";
import { Csv } from "../../../functions/edge/http/csv.ts";
import { showUsage } from "../../../functions/edge/showUsage.ts";
import { memoryUsageRows } from "../../memory/delivery/usage.ts";
import { memoryLimitUsage, memoryUsageLimits } from "../../memory/delivery/usageLimits.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { deviceId } from "../../memory/samples.ts";

const now = Date.parse("2026-01-31T12:00:00Z");
const day = 86_400_000;

const world = async () => {
  const usage = memoryUsageRows();
  const counts = { ...zeroUsage, publishes: 2, publishOperations: 3, functions: 1, free: 4 };
  const key = { level: "day", start: Math.floor(now / day) * day - day, again: false } as const;
  await usage.putDevices(key, 0, new Map([["f1", new Map([[deviceId, counts]])]]));
  await usage.putFleets(key, new Map([["f1", { counts, top: [] }]]));
  return {
    usage,
    devices: memoryDevices(),
    limits: memoryUsageLimits(),
    limitUsage: memoryLimitUsage(),
    regions: ["us-east-1"],
    now: () => now,
  };
};

describe("the usage that the API shows", () => {
  it("has the operations of each kind, and says what is not counted", async () => {
    const shown = await showUsage("f1", { by: "kind", format: "json" }, await world());
    expect(shown).toMatchObject({
      fleet: "f1",
      total: { operations: 4, publishes: 2, publish_operations: 3, free_events: 4 },
      kinds: [
        { kind: "publish", count: 2, operations: 3 },
        { kind: "function", count: 1, operations: 1 },
        { kind: "variable", count: 0, operations: 0 },
        { kind: "free_event", count: 4, operations: 0 },
        { kind: "delivery", count: 0, operations: 0 },
      ],
      top_devices: [{ device: deviceId, operations: 4 }],
      not_metered: ["subscription"],
    });
  });

  it("is a table of devices on demand", async () => {
    const table = await showUsage("f1", { by: "device", format: "csv" }, await world());
    if (!(table instanceof Csv)) return expect.unreachable();
    expect(table.text).toContain(`${deviceId},4,2,3,1,0,4,0`);
  });

  it("is of the caller's fleet only, and of a removed device by its id", async () => {
    const deps = await world();
    const asked = { by: "day", format: "json" } as const;
    await expect(showUsage("f1", { ...asked, fleet: "f2" }, deps)).rejects.toThrow("there is none");
    await expect(showUsage("f1", { ...asked, device: "lamp" }, deps)).rejects.toThrow();
    const other = await showUsage("f2", { ...asked, fleet: "f2" }, deps);
    expect(other).toMatchObject({ total: { operations: 0 }, steps: [] });
    const removed = "f".repeat(24);
    expect(await showUsage("f1", { ...asked, device: removed }, deps)).toMatchObject({
      device: removed,
      total: { operations: 0 },
    });
  });
});
