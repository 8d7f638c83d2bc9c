import { dynamoUsageRows } from "#shared/aws/delivery/usageRows.ts";
import { usageRowLinesMax, usageTopDevices } from "#shared/ledger/usage/limits.ts";
import type { FleetUsage, UsageLevel } from "#shared/ledger/usage/ports.ts";
import {
  type UsageCounts,
  usageShardOf,
  usageShards,
  zeroUsage,
} from "#shared/ledger/usage/usage.ts";
import { globalTableNames as names } from "../../../infra/constructs/globalTableNames.ts";
import type { KeyFamily } from "./keyFamily.ts";
import { fleetName, type Population } from "./population.ts";
import { deviceIdOf, modelTime } from "./samples.ts";
import { daySeconds, ratesOf, traffic } from "./traffic.ts";

const secondsOf: Readonly<Record<UsageLevel, number>> = {
  minute: 60,
  hour: 3_600,
  day: daySeconds,
};

const place = { table: names.ledger, region: "us-east-1" };

/** Devices with events in a period. */
const activeDevices = (population: Population, level: UsageLevel): number =>
  Math.min(population.devices, ratesOf(population).events * secondsOf[level]);

const countsOf = (level: UsageLevel, n: number): UsageCounts => {
  const events = Math.max(1, Math.round(secondsOf[level] / traffic.eventIntervalSeconds));
  // Not all devices have the same counts, which would compress too well.
  const publishes = Math.max(1, events - (n % 3));
  return { ...zeroUsage, publishes, publishOperations: publishes, deliveries: publishes };
};

/** A full part of a row of devices. */
const fullPart = (level: UsageLevel, lines: number) =>
  new Map([
    [
      "p1",
      new Map(
        Array.from({ length: lines }, (_, n) => [deviceIdOf(`${n}`), countsOf(level, n)] as const),
      ),
    ],
  ]);

const top = Array.from({ length: usageTopDevices }, (_, n) => ({
  device: deviceIdOf(`${n}`),
  operations: 144 - n,
}));

/**
 * The rows of usage of a period. A row of a shard has parts of `usageRowLinesMax` devices: one of
 * them is packed and written as the product does it, for all others.
 */
export const writeUsage =
  (kind: "device" | "fleet", level: UsageLevel): KeyFamily["write"] =>
  async (population, { tables, weigh }) => {
    const rows = dynamoUsageRows(tables, place, () => modelTime);
    const key = { level, start: modelTime, again: false };
    if (kind === "fleet") {
      const fleets = new Map(
        Array.from({ length: population.number }, (_, n): [string, FleetUsage] => [
          fleetName(n),
          { counts: countsOf(level, n), top: level === "minute" ? [] : top },
        ]),
      );
      await weigh({ perSecond: 1 / secondsOf[level] }, () => rows.putFleets(key, fleets));
      return;
    }
    const perShard = activeDevices(population, level) / usageShards;
    const parts = Math.ceil(perShard / usageRowLinesMax);
    const lines = Math.min(usageRowLinesMax, Math.ceil(perShard));
    const usage = fullPart(level, lines);
    await weigh({ perSecond: parts / secondsOf[level], copies: usageShards }, () =>
      rows.putDevices(key, usageShardOf("p1"), usage),
    );
  };
