import { outboxBytesMax, outboxEventsMax } from "../limits.ts";
import { type OutboxEvent, OutboxFull, type OutboxLimits } from "./outbox.ts";

/** Free capacity of an outbox: reserved before an event is stored, released when it is removed. */
export interface Capacity {
  /** Throws `OutboxFull` if there is not enough capacity. */
  reserve(event: OutboxEvent): void;
  /** Reserves capacity for an event that is already stored, even beyond the limit. */
  forceReserve(event: OutboxEvent): void;
  release(event: OutboxEvent): void;
}

/**
 * Capacity for a number of events and bytes. The bytes of an event are those of its name and data.
 */
export const createCapacity = ({
  eventsMax = outboxEventsMax,
  bytesMax = outboxBytesMax,
}: OutboxLimits): Capacity => {
  let events = 0;
  let bytes = 0;
  const forceReserve = (event: OutboxEvent): void => {
    events += 1;
    bytes += bytesOf(event);
  };
  return {
    reserve(event) {
      if (events >= eventsMax)
        throw new OutboxFull(`the outbox is full: it holds ${events} events`);
      if (bytes + bytesOf(event) > bytesMax) {
        throw new OutboxFull(`the outbox is full: it holds ${bytes} of ${bytesMax} bytes`);
      }
      forceReserve(event);
    },
    forceReserve,
    release(event) {
      events -= 1;
      bytes -= bytesOf(event);
    },
  };
};

const bytesOf = ({ name, data }: OutboxEvent): number => Buffer.byteLength(name) + data.byteLength;

/** Returns the first values, at most `count`, without a copy of the rest. */
export const takeFirst = <T>(values: Iterable<T>, count: number): T[] => {
  const found: T[] = [];
  for (const value of values) {
    if (found.length >= count) break;
    found.push(value);
  }
  return found;
};
