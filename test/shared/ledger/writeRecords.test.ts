import { expect, it } from "vitest";
import { writeRecords } from "#shared/ledger/writeRecords.ts";
import { memoryHeardDevices } from "../../memory/heardDevices.ts";
import { deviceId, fleet, stoppedClock } from "../../memory/samples.ts";

const other = deviceId.replace("0", "f");

/** What `record` needs, in memory. */
const world = () => ({ heardDevices: memoryHeardDevices(), now: stoppedClock().now });

it("writes down when each device was heard last, and where", async () => {
  const needs = world();
  const records = [
    { heard: [{ device: deviceId, fleet, at: 2 }] },
    { heard: [{ device: other, fleet, at: 5 }] },
    { heard: [{ device: deviceId, fleet: "f2", at: 7 }] },
    { heard: [{ device: deviceId, fleet, at: 3 }] },
  ];
  await writeRecords(records, needs);
  const keys = await needs.heardDevices.list(10);
  expect(keys).toHaveLength(1);
  expect(await needs.heardDevices.read(keys[0]!)).toEqual([
    { device: deviceId, fleet: "f2", at: 7 },
    { device: other, fleet, at: 5 },
  ]);
});

it("writes nothing when there is nothing to write", async () => {
  const needs = world();
  await writeRecords([{ heard: [] }], needs);
  expect(await needs.heardDevices.list(10)).toEqual([]);
});
