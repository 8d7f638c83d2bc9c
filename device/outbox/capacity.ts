import { outboxBytesMax, outboxEventsMax } from "../limits.ts";
import { type OutboxEvent, OutboxFull, type OutboxLimits } from "./outbox.ts";

/** The room in an outbox, taken before an event is kept and given back when it is gone. */
export interface Capacity {
  /** Fails with `OutboxFull` when there is none left. */
  reserve(event: OutboxEvent): void;
  /** Takes it for an event that lies there already, even when there is too little. */
  forceReserve(event: OutboxEvent): void;
  release(event: OutboxEvent): void;
}

/** Room for so many events and bytes. */
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
      if (events >= eventsMax) throw new OutboxFull(`the outbox holds ${events} events already`);
      if (bytes + bytesOf(event) > bytesMax) {
        throw new OutboxFull(`the outbox holds ${bytes} of ${bytesMax} bytes already`);
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
