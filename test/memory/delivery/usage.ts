import {
  type DevicesPeriod,
  type FleetUsage,
  noOpenUsage,
  type OpenUsage,
  type OpenUsageStore,
  type PeriodRange,
  type UsageRows,
} from "#shared/ledger/usage/ports.ts";
import { addToUsage, type Usage, usageShardOf, usageShards } from "#shared/ledger/usage/usage.ts";

/** The open work of a meter in memory. */
export const memoryOpenUsage = (): OpenUsageStore => {
  let kept: OpenUsage = noOpenUsage;
  return {
    read: async () => structuredClone(kept),
    async put(open) {
      kept = structuredClone(open);
    },
  };
};

/** Rows of usage, which the regions share. */
export interface UsageTable {
  readonly devices: Map<string, Usage>;
  readonly fleets: Map<string, ReadonlyMap<string, FleetUsage>>;
}

export const memoryUsageTable = (): UsageTable => ({ devices: new Map(), fleets: new Map() });

/** Usage by period in memory. `puts` is the number of written rows. */
export const memoryUsageRows = (
  region = "us-east-1",
  table: UsageTable = memoryUsageTable(),
): UsageRows & { puts: number } => {
  const inRange = <Value>(rows: Map<string, Value>, { level, from, to }: PeriodRange) =>
    [...rows].flatMap(([key, value]) => {
      const [of, start = 0, by = "", shard = 0] = key.split(" ");
      const row = { start: Number(start), region: by, shard: Number(shard), value };
      return of === level && row.start >= from && row.start < to ? [row] : [];
    });
  const memory: UsageRows & { puts: number } = {
    puts: 0,
    async putDevices({ level, start, again }, shard, usage) {
      if (usage.size === 0 && !again) return;
      memory.puts += 1;
      table.devices.set(`${level} ${start} ${region} ${shard}`, structuredClone(usage));
    },
    async putFleets({ level, start, again }, fleets) {
      for (let shard = 0; shard < usageShards; shard += 1) {
        const own = [...fleets].filter(([fleet]) => usageShardOf(fleet) === shard);
        if (own.length === 0 && !again) continue;
        memory.puts += 1;
        table.fleets.set(`${level} ${start} ${region} ${shard}`, new Map(own));
      }
    },
    async ownDevices(range, shard) {
      const sum: Usage = new Map();
      for (const row of inRange(table.devices, range)) {
        if (row.region !== region || row.shard !== shard) continue;
        for (const [fleet, devices] of row.value) {
          for (const [device, counts] of devices) addToUsage(sum, { fleet, device }, counts);
        }
      }
      return sum;
    },
    async ownFleets(level, start) {
      const rows = inRange(table.fleets, { level, from: start, to: start + 1 });
      const own = rows.filter((row) => row.region === region).flatMap(({ value }) => [...value]);
      return new Map(own.map(([fleet, { counts }]) => [fleet, counts]));
    },
    async fleet(fleet, range) {
      const rows = inRange(table.fleets, range).filter(
        ({ shard }) => shard === usageShardOf(fleet),
      );
      const none = { publishes: 0, publishOperations: 0, functions: 0 };
      const zero = { ...none, variables: 0, free: 0, deliveries: 0 };
      return rows
        .map(({ start, region: by, value }) => ({
          start,
          region: by,
          ...(value.get(fleet) ?? { counts: zero, top: [] }),
        }))
        .sort((one, other) => one.start - other.start || (one.region < other.region ? -1 : 1));
    },
    async devices({ fleet, shard, device }, range) {
      const rows = inRange(table.devices, range).filter((row) => row.shard === shard);
      return rows
        .map(({ start, region: by, value }): DevicesPeriod => {
          const all = [...(value.get(fleet) ?? [])];
          const wanted = device === undefined ? all : all.filter(([id]) => id === device);
          return { start, region: by, devices: new Map(wanted) };
        })
        .sort((one, other) => one.start - other.start || (one.region < other.region ? -1 : 1));
    },
  };
  return memory;
};
