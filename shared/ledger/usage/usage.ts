import { shortHash } from "../../event/deviceEvent.ts";
import type { LedgerEntry } from "../entry.ts";

/**
 * What is counted of each device, in the order of stored counts. The order must not change: new
 * names come last.
 */
export const usageNames = [
  /** Events that count as data operations. */
  "publishes",
  /** Their data operations: one for each started kilobyte. */
  "publishOperations",
  /** Calls of functions and variables that were sent to the device: one data operation each. */
  "functions",
  "variables",
  /** Events that are no data operations. */
  "free",
  /** Planned deliveries of all events to integrations. */
  "deliveries",
] as const;

export type UsageCounts = Readonly<Record<(typeof usageNames)[number], number>>;

/** The counts of devices, by fleet. */
export type Usage = Map<string, Map<string, UsageCounts>>;

export const zeroUsage: UsageCounts = {
  publishes: 0,
  publishOperations: 0,
  functions: 0,
  variables: 0,
  free: 0,
  deliveries: 0,
};

/** The sum of two counts. */
export const addUsage = (one: UsageCounts, other: UsageCounts): UsageCounts => ({
  publishes: one.publishes + other.publishes,
  publishOperations: one.publishOperations + other.publishOperations,
  functions: one.functions + other.functions,
  variables: one.variables + other.variables,
  free: one.free + other.free,
  deliveries: one.deliveries + other.deliveries,
});

/** The data operations of some counts. */
export const operationsOf = ({ publishOperations, functions, variables }: UsageCounts): number =>
  publishOperations + functions + variables;

/** Adds the counts of a device. */
export const addToUsage = (
  usage: Usage,
  { fleet, device }: { fleet: string; device: string },
  counts: UsageCounts,
): void => {
  const devices = usage.get(fleet) ?? new Map<string, UsageCounts>();
  usage.set(fleet, devices);
  devices.set(device, addUsage(devices.get(device) ?? zeroUsage, counts));
};

/** The usage of the ledger's entries: each message counts once, by its last plan. */
export const countUsage = (entries: Iterable<LedgerEntry>): Usage => {
  const usage: Usage = new Map();
  for (const { plan } of entries) {
    if (plan?.metered === undefined) continue;
    const { kind, kilobytes, ...of } = plan.metered;
    addToUsage(usage, of, {
      publishes: kind === "publish" ? 1 : 0,
      publishOperations: kind === "publish" ? kilobytes : 0,
      functions: kind === "function" ? 1 : 0,
      variables: kind === "variable" ? 1 : 0,
      free: kind === "free" ? 1 : 0,
      deliveries: plan.to.length,
    });
  }
  return usage;
};

/** The sum of the devices of each fleet. */
export const fleetTotals = (usage: Usage): Map<string, UsageCounts> =>
  new Map(
    [...usage].map(([fleet, devices]) => [
      fleet,
      [...devices.values()].reduce(addUsage, zeroUsage),
    ]),
  );

/** Rows of devices and of fleets are divided into this many shards. It must not change. */
export const usageShards = 16;

/** The shard of a device or of a fleet, from 0. */
export const usageShardOf = (name: string): number =>
  Number.parseInt(shortHash(name).slice(0, 1), 16);

/** The devices of a shard. */
export const shardOfUsage = (usage: Usage, shard: number): Usage => {
  const some: Usage = new Map();
  for (const [fleet, devices] of usage) {
    const own = [...devices].filter(([device]) => usageShardOf(device) === shard);
    if (own.length > 0) some.set(fleet, new Map(own));
  }
  return some;
};
