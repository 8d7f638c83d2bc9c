import { keyFamilies } from "./keyFamilies.ts";
import type { KeyFamily } from "./keyFamily.ts";
import { zipfPopulation } from "./population.ts";
import { type KeyWrites, recordWrites } from "./recordWrites.ts";

/**
 * Write units that one partition of a table takes in a second; a key whose rows DynamoDB can divide
 * by their sort key may have several partitions.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export const partitionWriteUnits = 1_000;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const itemBytesMax = 409_600;

/** The load of one kind of rows. */
export interface KeyLoad {
  readonly what: string;
  readonly during: string | undefined;
  readonly table: string;
  readonly keys: number;
  readonly writes: number;
  readonly units: number;
  readonly hottest: KeyWrites;
  readonly itemBytes: number;
  /** The devices at which the hottest key needs more than a partition takes, if any number does. */
  readonly breaksAt: number | undefined;
}

const sum = (all: readonly KeyWrites[], of: (one: KeyWrites) => number): number =>
  all.reduce((total, one) => total + of(one), 0);

const loadsOf = async (family: KeyFamily, devices: number): Promise<KeyWrites[][]> => {
  const recorder = recordWrites();
  await family.write(zipfPopulation(devices), recorder);
  const byTable = Map.groupBy(recorder.written(), ({ table }) => table);
  return [...byTable.values()];
};

const hottestOf = (keys: readonly KeyWrites[]): KeyWrites =>
  keys.reduce((hottest, one) => (one.units > hottest.units ? one : hottest));

/**
 * The load of each kind of rows with so many devices: the adapters of the product write a second of
 * the traffic of a population, and the keys are counted.
 */
export const hotKeys = async (devices: number): Promise<KeyLoad[]> => {
  const loads: KeyLoad[] = [];
  for (const family of keyFamilies) {
    const [whole, half] = [await loadsOf(family, devices), await loadsOf(family, devices / 2)];
    for (const [i, keys] of whole.entries()) {
      const hottest = hottestOf(keys);
      const smaller = half[i] === undefined ? hottest : hottestOf(half[i]);
      loads.push({
        what: i === 0 ? family.what : `${family.what}: index`,
        during: family.during,
        table: hottest.table,
        keys: sum(keys, ({ copies }) => copies),
        writes: sum(keys, ({ writes, copies }) => writes * copies),
        units: sum(keys, ({ units, copies }) => units * copies),
        hottest,
        itemBytes: Math.max(...keys.map((one) => one.itemBytes)),
        breaksAt: breaksAt(devices, hottest.units, smaller.units),
      });
    }
  }
  return loads;
};

/** Extrapolates the units of the hottest key, from so many devices and half of them. */
const breaksAt = (devices: number, units: number, half: number): number | undefined => {
  const perDevice = (units - half) / (devices / 2);
  if (perDevice * devices < units / 100) return undefined;
  return (partitionWriteUnits - (units - perDevice * devices)) / perDevice;
};
