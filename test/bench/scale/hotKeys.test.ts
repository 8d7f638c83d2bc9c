import { describe, expect, it } from "vitest";
import { boundsOf } from "../../../bench/scale/model/bounds.ts";
import { hotKeys, itemBytesMax, partitionWriteUnits } from "../../../bench/scale/model/hotKeys.ts";
import { zipfPopulation } from "../../../bench/scale/model/population.ts";
import { usageRowLinesMax } from "../../../shared/ledger/usage/limits.ts";

const devices = 100_000;
const loads = await hotKeys(devices);

const load = (what: string) => {
  const found = loads.find((one) => one.what === what);
  if (found === undefined) throw new Error(`no rows are named ${what}`);
  return found;
};

describe("a population", () => {
  it("has all devices in fleets, whose sizes follow Zipf's law", () => {
    const { fleets, number } = zipfPopulation(1_000_000);
    const sum = fleets.reduce((all, fleet) => all + fleet.devices * fleet.alike, 0);
    expect(sum).toBeCloseTo(1_000_000, 0);
    expect(fleets.reduce((all, { alike }) => all + alike, 0)).toBe(number);
    expect(fleets[0]?.devices).toBeCloseTo((fleets[9]?.devices ?? 0) * 10, 3);
  });
});

describe("the keys of the product's adapters", () => {
  it("a session has the key of its device, so no number of devices makes a key hot", () => {
    expect(load("session of a device")).toMatchObject({
      keys: devices,
      breaksAt: undefined,
      hottest: { table: "godwit-sessions", copies: devices },
    });
  });

  it("the dead letters of an integration have one key in the order of time", () => {
    const { hottest, breaksAt = 0 } = load("dead letters of an integration");
    expect(hottest.order).toBe("by time");
    // The largest of 100 fleets has about a fifth of the events.
    expect(hottest.units).toBeGreaterThan(devices / 600 / 6);
    expect((breaksAt / devices) * hottest.units).toBeGreaterThan(partitionWriteUnits);
  });

  it("16 shards divide waiting deliveries and the usage of devices", () => {
    expect(load("waiting deliveries of a shard").keys).toBe(16);
    expect(load("usage of devices by the day").keys).toBe(16);
  });

  it("the index of devices is a write of its own", () => {
    const index = load("index of devices by fleet and name: index");
    expect(index).toMatchObject({ table: "godwit-devices by fleet", keys: 1 });
    expect(index.writes).toBeCloseTo(load("index of devices by fleet and name").writes);
  });

  it("no row approaches the largest size of an item, whatever the number of devices", () => {
    // More devices make more parts, not larger ones.
    expect(devices / 16).toBeGreaterThan(usageRowLinesMax);
    for (const { itemBytes } of loads) expect(itemBytes).toBeLessThan(itemBytesMax / 4);
  });
});

describe("the work of a region in series", () => {
  it("does not depend on the number of devices where it gives", () => {
    const at = (number: number) => boundsOf(number).map(({ breaksAt }) => Math.round(breaksAt));
    const ledger = (number: number) =>
      boundsOf(number).find(({ what }) => what.startsWith("`ledger`"))?.breaksAt;
    expect(ledger(devices)).toBeCloseTo(ledger(10 * devices) ?? 0, 0);
    expect(at(devices)).toEqual(at(devices).toSorted((one, other) => one - other));
  });
});
