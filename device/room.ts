import { outboxBytesMax, outboxEventsMax } from "./limits.ts";
import { type OutboxEvent, OutboxFull, type OutboxLimits } from "./outbox.ts";

/** The room in an outbox, taken before an event is kept and given back when it is gone. */
export interface Room {
  /** Fails with `OutboxFull` when there is none left. */
  take(event: OutboxEvent): void;
  /** Takes it for an event that lies there already, even when there is too little. */
  takeAnyway(event: OutboxEvent): void;
  giveBack(event: OutboxEvent): void;
}

/** Room for so many events and bytes. */
export const createRoom = ({
  eventsMax = outboxEventsMax,
  bytesMax = outboxBytesMax,
}: OutboxLimits): Room => {
  let events = 0;
  let bytes = 0;
  const takeAnyway = (event: OutboxEvent): void => {
    events += 1;
    bytes += bytesOf(event);
  };
  return {
    take(event) {
      if (events >= eventsMax) throw new OutboxFull(`the outbox holds ${events} events already`);
      if (bytes + bytesOf(event) > bytesMax) {
        throw new OutboxFull(`the outbox holds ${bytes} of ${bytesMax} bytes already`);
      }
      takeAnyway(event);
    },
    takeAnyway,
    giveBack(event) {
      events -= 1;
      bytes -= bytesOf(event);
    },
  };
};

const bytesOf = ({ name, data }: OutboxEvent): number => Buffer.byteLength(name) + data.byteLength;
