import { dollars } from "../platform/prices.ts";
import { jobSlowStartMs, jobSlowStartPart } from "./limits.ts";

/** Size of a job. */
interface Load {
  readonly count: number;
  /** Total size. */
  readonly bytes: number;
  /** Regions with a replica of the tables. */
  readonly regions: number;
}

/** The billed units of a queue request, a read and a write, in bytes. Started units count. */
const queueUnitBytes = 65_536;
const readUnitBytes = 4_096;
const writeUnitBytes = 1_024;

/** Gigabyte-seconds of an attempt at a fast target. */
const gbSecondsOfAttempt = 0.5 * 0.2;

/** Upper bound for the AWS cost of a first attempt of each delivery, in dollars: no batching. */
const attemptsCost = ({ count, bytes }: Pick<Load, "count" | "bytes">): number => {
  const units = Math.max(1, Math.ceil(bytes / Math.max(1, count) / queueUnitBytes));
  const queued = dollars("sqsRequests", 2 * units + 1) + dollars("sqsGroupRequests", units);
  const attempted = dollars("lambdaRequests", 1) + dollars("lambdaGbSeconds", gbSecondsOfAttempt);
  return count * (queued + attempted) + dollars("egressGb", bytes / 1e9);
};

/** Cost of a replay in dollars: reads, removal in every region, and attempts. */
export const replayCost = (load: Load): number => {
  const size = load.bytes / Math.max(1, load.count);
  const read = dollars("tableReadUnits", Math.ceil(size / readUnitBytes));
  const removed = dollars("tableWriteUnits", Math.ceil(size / writeUnitBytes) * load.regions);
  return attemptsCost(load) + load.count * (read + removed);
};

/** Cost of a backfill in dollars. Reading the archive costs next to nothing. */
export const backfillCost = (load: Pick<Load, "count" | "bytes">): number => attemptsCost(load);

/**
 * Returns the rate of a job (deliveries per second) after a working time: it starts low and doubles
 * every `jobSlowStartMs`.
 */
export const jobRate = (perSecond: number, workedMs: number): number => {
  const doublings = Math.floor(workedMs / jobSlowStartMs);
  return Math.min(perSecond, Math.max(1, perSecond / jobSlowStartPart) * 2 ** doublings);
};

/** Returns the duration of a job in seconds. */
export const jobSeconds = (count: number, perSecond: number, workedMs = 0): number => {
  const stepSeconds = jobSlowStartMs / 1_000;
  let left = count;
  let seconds = 0;
  for (let worked = workedMs; left > 0; worked += jobSlowStartMs) {
    const rate = jobRate(perSecond, worked);
    if (rate === perSecond) return Math.ceil(seconds + left / rate);
    seconds += Math.min(stepSeconds, left / rate);
    left -= rate * stepSeconds;
  }
  return Math.ceil(seconds);
};
