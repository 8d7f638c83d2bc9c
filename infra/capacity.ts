import { queueBatchMax } from "../shared/platform/quotas.ts";
import { memoryMiB, type Size } from "./sizes.ts";

/** The memory with which a function has one whole processor, and a smaller share with less. */
const processorMiB = 1_769;

/** Processor time of a batch and of each of its events, as measured by `npm run bench -- cost`. */
const processorMs = {
  route: { perBatch: 6, perEvent: 1.5 },
  deliver: { perBatch: 8, perEvent: 2 },
} as const;

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
  const rate = (name: keyof typeof processorMs, concurrent: number, waitMs: number): number => {
    const { perBatch, perEvent } = processorMs[name];
    const busyMs = (perBatch + queueBatchMax * perEvent) / (memoryMiB / processorMiB);
    return (concurrent * queueBatchMax * 1_000) / (busyMs + callsMs + waitMs);
  };
  const lowest = Math.min(
    rate("route", batches.events, 0),
    rate("deliver", batches.deliveries, targetMs),
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
