import { queueBatchMax } from "../shared/platform/quotas.ts";
import { memoryMiB, type Size } from "./sizes.ts";

/** The memory with which a function has one whole processor, and a smaller share with less. */
const processorMiB = 1_769;

/**
 * Time of a batch and of each of its events on a whole processor, in milliseconds: the time of the
 * function's thread, from the operating system, measured on 2026-11-30 with Node.js 24 and batches
 * of one to ten events on one machine. Without TLS.
 */
export const processorMs = {
  route: { perBatch: 0.5, perEvent: 0.02 },
  deliver: { perBatch: 1.0, perEvent: 0.19 },
} as const;

/** Assumed processor time of a new TLS connection to a target. */
const tlsMs = 2.5;
/** Assumed time of a batch in calls of AWS services: SQS, DynamoDB. */
const callsMs = 50;
/** Assumed time until a target answers. The attempts of a batch run at the same time. */
const targetMs = 200;
/** One run of `ledger` holds the entries of a minute: `ledgerMemoryMiB`. */
const ledgerEventsPerSecond = 1_700;
/** Assumed interval of the events of a device. */
const eventIntervalSeconds = 600;

/** What a region of a size carries, if each event matches one integration. */
export interface Capacity {
  readonly eventsPerSecond: number;
  /** Devices that publish every ten minutes. */
  readonly devices: number;
}

/**
 * The capacity of a region. Each of the concurrent batches takes its processor time, with the share
 * of a processor that its memory has, its calls and, to deliver, the time of its targets.
 */
export const capacityOf = ({ batches }: Size): Capacity => {
  const rate = (concurrent: number, batchMs: number, waitMs: number): number =>
    (concurrent * queueBatchMax * 1_000) / (batchMs / (memoryMiB / processorMiB) + waitMs);
  const { route, deliver } = processorMs;
  const routeMs = route.perBatch + queueBatchMax * route.perEvent;
  const deliverMs = deliver.perBatch + queueBatchMax * (deliver.perEvent + tlsMs);
  const lowest = Math.min(
    rate(batches.events, routeMs, callsMs),
    rate(batches.deliveries, deliverMs, callsMs + targetMs),
    ledgerEventsPerSecond,
  );
  const eventsPerSecond = Math.floor(lowest / 10) * 10;
  return { eventsPerSecond, devices: roundDown(eventsPerSecond * eventIntervalSeconds) };
};

/** Rounds down to one digit and zeros. */
const roundDown = (value: number): number => {
  const unit = 10 ** Math.floor(Math.log10(value));
  return Math.floor(value / unit) * unit;
};

/** The capacity of a size, as an output of the stack states it. */
export const capacityText = (size: Size): string => {
  const { eventsPerSecond, devices } = capacityOf(size);
  const number = (value: number): string => value.toLocaleString("en-US");
  return `${number(eventsPerSecond)} events per second, or ${number(devices)} devices that publish every ten minutes`;
};
