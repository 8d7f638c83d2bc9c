import { dynamoUsageRows } from "#shared/aws/delivery/usageRows.ts";
import { usageTableMax } from "#shared/ledger/usage/limits.ts";
import { listDeviceUsage, readUsage } from "#shared/ledger/usage/readUsage.ts";
import {
  addUsage,
  shardOfUsage,
  type UsageCounts,
  usageShards,
  zeroUsage,
} from "#shared/ledger/usage/usage.ts";
import { dayMs, hourMs, minuteMs } from "#shared/platform/durations.ts";
import { deviceIdOf } from "../model/samples.ts";
import { type Measure, medianMsOf, type Point } from "./scaleResult.ts";
import { startServices } from "./services.ts";

const days = 30;
const times = 5;
/** The fleet that is read has so many devices, whatever the number of all devices. */
const ownDevices = 100;

const series = [
  { name: "stored, a device and day", unit: "bytes", isPlotted: true },
  { name: "a fleet, 30 days by day", unit: "ms", isPlotted: true },
  { name: "a fleet, 30 days by hour", unit: "ms", isPlotted: true },
  { name: "one device, 30 days by day", unit: "ms", isPlotted: true },
  { name: "devices of a fleet of 100, 30 days", unit: "ms", isPlotted: true },
];

/** Reads 30 days of usage of a small fleet among more and more devices of other fleets. */
export const measureUsage: Measure = async (numbers, { log, deadline }) => {
  const { db, region, newTable } = await startServices();
  const points: Point[] = [];
  for (const number of numbers) {
    if (performance.now() > deadline) break;
    log(`30 days of ${number} devices`);
    const table = await newTable(`ledger-${number}`);
    const end = Math.floor(Date.now() / dayMs) * dayMs;
    const now = () => end;
    const rows = dynamoUsageRows(db, { table, region }, now);
    let bytes = 0;
    const counting = dynamoUsageRows(
      {
        ...db,
        async put(input) {
          if ("data" in input.Item && input.Item.data instanceof Uint8Array) {
            bytes += input.Item.data.length;
          }
          await db.put(input);
        },
      },
      { table, region },
      now,
    );
    const usage = usageOf(number);
    const fleets = new Map(
      [...usage].map(([fleet, devices]) => [fleet, totalOf([...devices.values()])]),
    );
    const shards = Array.from({ length: usageShards }, (_, shard) => shardOfUsage(usage, shard));
    for (let day = 1; day <= days; day += 1) {
      const key = { level: "day", start: end - day * dayMs, again: false } as const;
      for (const [shard, some] of shards.entries()) await counting.putDevices(key, shard, some);
      await rows.putFleets(key, fleets);
      for (let hour = 0; hour < dayMs / hourMs; hour += 1) {
        await rows.putFleets(
          { level: "hour", start: key.start + hour * hourMs, again: false },
          fleets,
        );
      }
    }
    const deps = { usage: rows, regions: [region], now };
    const asked = { fleet: "p0", from: end - days * dayMs, to: end };
    const device = deviceIdOf("p0/0");
    const listed = { ...asked, limit: usageTableMax };
    const found = await listDeviceUsage(listed, deps);
    if (found.devices.length !== Math.min(number, ownDevices))
      throw new Error("devices are missing");
    points.push({
      number,
      values: [
        bytes / number / days,
        await medianMsOf(times, () => readUsage({ ...asked, step: "day" }, deps)),
        await medianMsOf(times, () => readUsage({ ...asked, step: "hour" }, deps)),
        await medianMsOf(times, () => readUsage({ ...asked, device, step: "day" }, deps)),
        await medianMsOf(times, () => listDeviceUsage(listed, deps)),
      ],
    });
  }
  return {
    of: "devices with usage",
    series,
    points,
    note: "All devices have usage on each of the 30 days, in fleets of 100. The tables are those of `npm start`, on disk.",
  };
};

const operationsPerDay = dayMs / (10 * minuteMs);

const usageOf = (number: number): Map<string, Map<string, UsageCounts>> => {
  const usage = new Map<string, Map<string, UsageCounts>>();
  for (let n = 0; n < number; n += 1) {
    const fleet = `p${Math.floor(n / ownDevices)}`;
    const devices = usage.get(fleet) ?? new Map<string, UsageCounts>();
    usage.set(fleet, devices);
    const publishes = operationsPerDay - (n % 7);
    const counts = { ...zeroUsage, publishes, publishOperations: publishes, deliveries: publishes };
    devices.set(deviceIdOf(`${fleet}/${n % ownDevices}`), counts);
  }
  return usage;
};

const totalOf = (all: readonly UsageCounts[]) => ({
  counts: all.reduce(addUsage, zeroUsage),
  top: [],
});
