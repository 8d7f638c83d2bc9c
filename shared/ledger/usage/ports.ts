import * as z from "zod/mini";
import type { Usage, UsageCounts } from "./usage.ts";

/** The lengths of stored periods. Hours are the sums of minutes, and days of hours, in UTC. */
export const usageLevels = ["minute", "hour", "day"] as const;

export type UsageLevel = (typeof usageLevels)[number];

/** A device and its data operations in a period. */
export interface TopDevice {
  readonly device: string;
  readonly operations: number;
}

/** The counts of a fleet in a period and a region. */
export interface FleetUsage {
  readonly counts: UsageCounts;
  /** The devices with the most operations, the largest first. Empty for minutes. */
  readonly top: readonly TopDevice[];
}

/** The counts of a fleet in one period and one region. */
export interface FleetPeriod extends FleetUsage {
  /** The start of the period, in milliseconds since 1970. */
  readonly start: number;
  readonly region: string;
}

/** The counts of devices of a fleet in one period and one region. */
export interface DevicesPeriod {
  readonly start: number;
  readonly region: string;
  readonly devices: ReadonlyMap<string, UsageCounts>;
}

/** Periods that start from `from` (inclusive) to `to` (exclusive), in milliseconds since 1970. */
export interface PeriodRange {
  readonly level: UsageLevel;
  readonly from: number;
  readonly to: number;
}

/** A period of this region, to be replaced. */
export interface PeriodKey {
  readonly level: UsageLevel;
  readonly start: number;
  /**
   * The period may have been stored before, so rows of shards without counts are replaced, too.
   */
  readonly again: boolean;
}

/**
 * Usage by period. Each region replaces its own rows, and never adds to them; the usage of a fleet
 * is the sum over the regions.
 */
export interface UsageRows {
  /** Replaces this region's devices of a shard. */
  putDevices(key: PeriodKey, shard: number, usage: Usage): Promise<void>;
  /** Replaces this region's fleets. Call it after all shards of devices. */
  putFleets(key: PeriodKey, fleets: ReadonlyMap<string, FleetUsage>): Promise<void>;
  /** The sum of this region's devices of a shard over some periods. */
  ownDevices(range: PeriodRange, shard: number): Promise<Usage>;
  /** This region's fleets in a period. */
  ownFleets(level: UsageLevel, start: number): Promise<Map<string, UsageCounts>>;
  /** The periods of a fleet in all regions, oldest first. */
  fleet(fleet: string, range: PeriodRange): Promise<FleetPeriod[]>;
  /** The devices of a fleet in a shard, or only one of them, in all regions. */
  devices(
    of: { fleet: string; shard: number; device?: string | undefined },
    range: PeriodRange,
  ): Promise<DevicesPeriod[]>;
}

const counts = z.record(z.string(), z.record(z.string(), z.number()));

/** The work that the meter has left. */
export const openUsage = z.object({
  /** Periods that have to be counted. `tried`: they may have been stored. */
  periods: z.array(z.object({ level: z.enum(usageLevels), start: z.number(), tried: z.boolean() })),
  /** Hours whose balance is checked: the counts of the first `slices` minutes, by fleet. */
  checks: z.array(z.object({ hour: z.number(), slices: z.number(), counts })),
  /** Hours that did not balance, the number of fleets, and when it was found. */
  imbalances: z.array(z.object({ hour: z.number(), fleets: z.number(), at: z.number() })),
  /** Fleets whose usage has changed since their limits were checked. */
  limited: z._default(z.array(z.string()), []),
});

export type OpenUsage = z.output<typeof openUsage>;

export const noOpenUsage: OpenUsage = { periods: [], checks: [], imbalances: [], limited: [] };

/** Where a region keeps the open work of its meter. Only the ledger's run writes it. */
export interface OpenUsageStore {
  read(): Promise<OpenUsage>;
  put(open: OpenUsage): Promise<void>;
}
