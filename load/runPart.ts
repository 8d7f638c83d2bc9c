import type { Unit } from "#shared/platform/prices.ts";
import { unitsPerEvent } from "../bench/cost/bill.ts";
import type { Counts } from "../bench/cost/counts.ts";
import type { Usage } from "../bench/system/usage.ts";
import type { Ground } from "./cloud/ground.ts";
import type { Lane } from "./lane.ts";
import { type LaneResult, type Prepared, type Processes, preparePart } from "./measureLoad.ts";
import { isRepeatable, type Part } from "./parts/part.ts";

/** What only a cloud on this machine shows. */
export interface LocalFacts {
  counts(): Promise<Counts>;
  usage(): Promise<Usage>;
  /** Begins to watch the pages. The returned function ends that and returns the pages. */
  watchPages(): () => Promise<readonly string[]>;
}

/** The result of a part under load. */
export interface PartResult {
  readonly part: string;
  /** What was counted. */
  readonly units: string;
  readonly documented: Part["documented"];
  readonly seconds: number;
  readonly lanes: readonly LaneResult[];
  /** With a mad tenant: the others without it, in the order of the lanes. */
  readonly alone?: readonly LaneResult[];
  /** On one machine only. */
  readonly local?: {
    /** Processor time of the cloud for each delivered unit. */
    readonly cpuMsPerUnit: number;
    readonly memoryBytes: number;
    /** Billed units of AWS for each delivered unit. */
    readonly billed: Readonly<Partial<Record<Unit, number>>>;
    /** Pages that were sent. */
    readonly pages: readonly string[];
  };
}

interface RunOptions {
  readonly ground: Ground;
  readonly local: LocalFacts | undefined;
  readonly lanes: readonly Lane[];
  readonly processes: Processes;
  /** For tests: no warm-up, and no wait for repeats. */
  readonly isQuick?: boolean;
  log(text: string): void;
}

const warmUpSeconds = 2;
const warmUpRateMax = 50;

/** Puts a part under load: first a little, so that threads start and compilers warm up. */
export const runPart = async (
  name: string,
  part: Part,
  { ground, local, lanes, processes, isQuick = false, log }: RunOptions,
): Promise<PartResult> => {
  log(`${name}: preparing`);
  const tenants = [];
  for (const lane of lanes) tenants.push({ lane, tenant: await ground.addTenant() });
  const prepared = await preparePart(part, {
    ground,
    lanes: tenants,
    processes,
    isQuick,
    log,
  });
  if (!isQuick && isRepeatable(part)) await prepared.measure(lanes.map(warmUpOf));
  const alone = lanes.length > 1 ? await measureAlone(prepared, lanes) : undefined;
  const pages = local?.watchPages();
  const before = local && { counts: await local.counts(), usage: await local.usage() };
  log(`${name}: ${lanes.map((lane) => `${lane.rate}/s`).join(" + ")}`);
  const measured = await prepared.measure(lanes);
  const after = local && { counts: await local.counts(), usage: await local.usage() };
  const units = Math.max(
    1,
    measured.reduce((sum, { books }) => sum + books.delivered, 0),
  );
  return {
    part: name,
    units: part.units,
    documented: part.documented,
    seconds: Math.max(...lanes.map(({ rate, count }) => count / rate)),
    lanes: measured,
    ...(alone !== undefined && { alone }),
    ...(before &&
      after &&
      pages && {
        local: {
          cpuMsPerUnit: (after.usage.cpuMs - before.usage.cpuMs) / units,
          memoryBytes: after.usage.memoryBytes,
          billed: Object.fromEntries(unitsPerEvent(before.counts, after.counts, units)),
          pages: await pages(),
        },
      }),
  };
};

/** The others without the mad tenant, which is the last lane. */
const measureAlone = (prepared: Prepared, lanes: readonly Lane[]): Promise<LaneResult[]> =>
  prepared.measure(lanes.map((lane, i) => (i === lanes.length - 1 ? { ...lane, count: 0 } : lane)));

const warmUpOf = (lane: Lane): Lane => {
  const rate = Math.min(lane.rate, warmUpRateMax);
  return { ...lane, rate, count: Math.min(lane.count, Math.ceil(rate * warmUpSeconds)) };
};
