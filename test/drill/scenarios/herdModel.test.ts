import { expect, it } from "vitest";
import { reconnectBaseMs as baseMs, reconnectCapMs as capMs } from "../../../device/limits.ts";
import { secondsUntilConnected } from "../../../drill/scenarios/herdModel.ts";

const waits = { baseMs, capMs };

it("a herd within the quota reconnects within the first wait", () => {
  expect(
    secondsUntilConnected({ ...waits, devices: 400, connectsPerSecond: 500 }, 1),
  ).toBeLessThanOrEqual(1.5);
});

it("a herd reconnects no sooner than the quota allows, and not much later while many devices wait", () => {
  for (const devices of [10_000, 100_000, 1_000_000]) {
    const herd = { ...waits, devices, connectsPerSecond: 500 };
    const half = secondsUntilConnected(herd, 0.5);
    expect(half).toBeGreaterThanOrEqual(devices / 2 / 500 - 1);
    expect(half).toBeLessThan(2 * (devices / 2 / 500) + 5);
    expect(secondsUntilConnected(herd, 1)).toBeGreaterThan(secondsUntilConnected(herd, 0.99));
  }
});

it("a million devices at 500 connects a second match docs/drills.md", () => {
  const herd = { ...waits, devices: 1_000_000, connectsPerSecond: 500 };
  const minutes = [0.5, 0.99, 1].map((fraction) =>
    Math.round(secondsUntilConnected(herd, fraction) / 60),
  );
  expect(minutes).toEqual([17, 34, 37]);
});

it("twice the quota takes half the time", () => {
  const at = (connectsPerSecond: number) =>
    secondsUntilConnected({ ...waits, devices: 1_000_000, connectsPerSecond }, 0.9);
  expect(at(500) / at(1_000)).toBeCloseTo(2, 0);
});
