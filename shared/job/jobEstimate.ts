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

// A larger message, item or read counts as one unit for each started multiple of these sizes.
const queueUnitBytes = 65_536;
const writeUnitBytes = 1_024;
const readUnitBytes = 4_096;

/** The billed duration of an attempt at a fast target, in GB-seconds. */
const gbSecondsOfAttempt = 0.5 * 0.2;

/**
 * The maximum cost of a first attempt of each delivery, in dollars at the list prices of
 * `prices.ts`: no delivery shares a queue request or an invocation with another.
 */
const attemptsCost = ({ count, bytes }: Pick<Load, "count" | "bytes">): number => {
  const units = Math.max(1, Math.ceil(bytes / Math.max(1, count) / queueUnitBytes));
  return (
    // Each message is sent, received and deleted.
    dollars("sqsRequests", count * (2 * units + 1)) +
    dollars("sqsGroupRequests", count * units) +
    dollars("lambdaRequests", count) +
    dollars("lambdaGbSeconds", count * gbSecondsOfAttempt) +
    dollars("egressBytes", bytes)
  );
};

/**
 * The maximum cost of a replay in dollars: each dead letter is read, attempted, and deleted in
 * every region.
 */
export const replayCost = (load: Load): number => {
  const size = load.bytes / Math.max(1, load.count);
  const reads = load.count * Math.ceil(size / readUnitBytes);
  const writes = load.count * Math.ceil(size / writeUnitBytes) * load.regions;
  return attemptsCost(load) + dollars("tableReadUnits", reads) + dollars("tableWriteUnits", writes);
};

/** The maximum cost of a backfill in dollars. The cost of reading the archive is negligible. */
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
