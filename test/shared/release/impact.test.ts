import { describe, expect, it } from "vitest";
import type { Device } from "#shared/device/device.ts";
import { impactOf } from "#shared/release/impact.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memorySessions } from "../../memory/presence/sessions.ts";

const idOf = (n: number): string => n.toString(16).padStart(24, "0");

/** Each device with its settings and the firmware that it runs. */
const world = async (given: readonly (Partial<Device> & { firmware?: string })[]) => {
  const sessions = memorySessions();
  const rows = given.map(({ firmware: _, ...more }, n) => ({
    id: idOf(n),
    fleet: "p1",
    product: 1,
    createdAt: "2026",
    ...more,
  }));
  for (const [n, { firmware }] of given.entries()) {
    if (firmware === undefined) continue;
    const hello = { firmware, functions: [], variables: {} };
    const state = { connected: true, since: 1, at: 1, helloAt: 1, revision: 1 };
    await sessions.put({ device: idOf(n), region: "us-east-1", ...state, hello });
  }
  return { devices: memoryDevices(rows), sessions };
};

const versions = [
  { version: 1, released: true, isDefault: true, groups: [] },
  { version: 2, released: true, isDefault: false, groups: ["beta"] },
  { version: 3, released: false, isDefault: false, groups: [] },
];

const fleet = [
  { firmware: "1" },
  { groups: ["beta"], firmware: "2" },
  { groups: ["beta", "staff"], firmware: "1.2" },
  { groups: ["staff"], firmware: "3" },
  { groups: ["staff"] },
  { groups: ["staff"], development: true as const, firmware: "1" },
  { groups: ["staff"], desiredFirmware: 2, firmware: "2" },
];

describe("the impact of a release", () => {
  it.each([
    ["to a group", { version: 3, groups: ["staff"] }, [[3, 2]], [[null, 2]]],
    [
      "to the group of another version",
      { version: 3, groups: ["beta"] },
      [[3, 2]],
      [
        [2, 1],
        [null, 1],
      ],
    ],
    [
      "to all",
      { version: 3, groups: [], isDefault: true },
      [[3, 2]],
      [
        [1, 1],
        [null, 1],
      ],
    ],
    [
      "that ends for a group",
      { version: 2, groups: [] },
      [[1, 2]],
      [
        [2, 1],
        [null, 1],
      ],
    ],
    ["that ends for all", { version: 1, groups: [], isDefault: false }, [], []],
    ["that changes nothing", { version: 2, groups: ["beta"] }, [], []],
  ] as const)("%s", async (_, change, byVersion, byRunning) => {
    const found = await impactOf(change, { fleet: "p1", versions }, await world(fleet));
    expect([...found.byVersion]).toEqual(byVersion);
    expect([...found.byRunning].toSorted()).toEqual(byRunning.map((each) => [...each]).toSorted());
    expect(found.total).toBe(byVersion.reduce((sum, [, count]) => sum + count, 0));
    expect(found.isPartial).toBe(false);
  });
});
