import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignWaves, isTargeted } from "#shared/release/model/assignWaves.ts";
import { countDevices } from "#shared/release/model/conservation.ts";
import { deviceStates } from "#shared/release/model/deviceStatus.ts";
import { isInWindow, nextOpening } from "#shared/release/model/updateWindow.ts";
import { targetVersion } from "#shared/release/targetVersion.ts";

const devices = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `d${i}` }));
const percents = (...all: number[]) => all.map((percent) => ({ percent, soakMs: 0 }));

describe("the waves of a release", () => {
  it("have the share of the devices that each says", () => {
    const waves = assignWaves({ id: "r", waves: percents(1, 10, 100) }, devices(200));
    const sizes = [0, 1, 2].map((wave) => [...waves.values()].filter((one) => one === wave).length);
    expect(sizes).toEqual([2, 18, 180]);
  });

  it("begin with other devices in another release", () => {
    const first = (id: string) =>
      [...assignWaves({ id, waves: percents(10, 100) }, devices(100))]
        .filter(([, wave]) => wave === 0)
        .map(([device]) => device)
        .toSorted();
    expect(first("r1")).not.toEqual(first("r2"));
    expect(first("r1")).toEqual(first("r1"));
  });

  it("have a named device first, then groups, and leave out the others", () => {
    const waves = assignWaves(
      {
        id: "r",
        waves: [
          { devices: ["d1"], soakMs: 0 },
          { groups: ["beta"], soakMs: 0 },
        ],
      },
      [{ id: "d1", groups: ["beta"] }, { id: "d2", groups: ["beta"] }, { id: "d3" }],
    );
    expect([waves.get("d1"), waves.get("d2"), waves.get("d3")]).toEqual([0, 1, undefined]);
  });

  it("are for the devices that the release is for", () => {
    expect(isTargeted({ groups: ["a"] }, { id: "d", groups: ["a", "b"] })).toBe(true);
    expect(isTargeted({ groups: ["a"] }, { id: "d" })).toBe(false);
    expect(isTargeted({ devices: ["d"] }, { id: "d" })).toBe(true);
  });
});

describe("the devices of a release", () => {
  it("add up, in total and in each wave", () => {
    const device = fc.record({
      device: fc.nat(20).map(String),
      wave: fc.option(fc.nat(2), { nil: undefined }),
      state: fc.constantFrom(...deviceStates),
    });
    fc.assert(
      fc.property(fc.array(device), (all) => {
        const { total, waves } = countDevices(all, { waves: 3, enrolled: undefined });
        for (const { targeted, ...states } of [total, ...waves]) {
          expect(Object.values(states).reduce((one, other) => one + other, 0)).toBe(targeted);
        }
        expect(total.targeted).toBe(new Set(all.map((one) => one.device)).size);
      }),
    );
  });

  it("are missing when rows were lost", () => {
    const one = { device: "d", wave: 0, state: "held" } as const;
    expect(countDevices([one], { waves: 1, enrolled: 3 }).missing).toBe(2);
  });
});

describe("the window of an update", () => {
  const night = { from: 22 * 60, to: 6 * 60 };
  const at = (hour: number) => Date.UTC(2026, 0, 2, hour);

  it("may span midnight, and is in local time", () => {
    expect([21, 22, 23, 0, 5, 6].map((hour) => isInWindow(night, at(hour), 0))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(isInWindow(night, at(21), 60)).toBe(true);
    expect(isInWindow(night, at(3), -5 * 60)).toBe(true);
  });

  it("opens at its next beginning", () => {
    expect(nextOpening(night, at(12), 0)).toBe(at(22));
    expect(nextOpening(night, at(12), 60)).toBe(at(21));
    expect(nextOpening(night, at(23), 0)).toBe(at(23));
    fc.assert(
      fc.property(
        fc.nat(1_439),
        fc.nat(1_439),
        fc.integer({ min: -720, max: 840 }),
        fc.integer({ min: 0, max: 2 * 86_400_000 }),
        (from, to, offset, later) => {
          const now = at(0) + later;
          const opens = nextOpening({ from, to }, now, offset);
          expect(isInWindow({ from, to }, opens, offset)).toBe(true);
          expect(opens - now).toBeLessThanOrEqual(86_400_000);
        },
      ),
    );
  });
});

describe("the version that a device should run", () => {
  const versions = [
    { version: 1, released: true, isDefault: true, groups: [] },
    { version: 2, released: true, isDefault: false, groups: ["a", "b"] },
    { version: 3, released: true, isDefault: false, groups: ["b"] },
    { version: 4, released: false, isDefault: false, groups: [] },
  ];

  it("is none for development, then the locked one, that of its groups, the default", () => {
    const everything = { development: true, desiredFirmware: 4, groups: ["a"] };
    expect(targetVersion(everything, versions)).toBeUndefined();
    expect(targetVersion({ ...everything, development: false }, versions)).toBe(4);
    expect(targetVersion({ groups: ["a"] }, versions)).toBe(2);
    expect(targetVersion({ groups: ["a", "b"] }, versions)).toBe(3);
    expect(targetVersion({ groups: ["c"] }, versions)).toBe(1);
    expect(targetVersion({}, versions.slice(1))).toBeUndefined();
  });
});
