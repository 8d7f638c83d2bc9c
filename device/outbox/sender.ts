import { ackTimeoutMs, inFlightEventsMax } from "../limits.ts";
import type { Clock } from "../platform/clock.ts";
import type { Outbox, OutboxEvent } from "./outbox.ts";

/** Publishes what lies in the outbox until the cloud says that it has it. */
export interface Sender {
  /** A connection is there: everything that is not acknowledged goes out, the oldest first. */
  start(): void;
  /** The connection is gone. */
  stop(): void;
  /** There is something new in the outbox. */
  sendDue(): void;
  /** The cloud has stored these. */
  acknowledge(ids: readonly string[]): Promise<void>;
  /** Resolves when everything that lies in the outbox now is acknowledged. */
  flush(): Promise<void>;
}

interface SenderDeps {
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Publishes on the connection; whether that works is the connection's matter. */
  readonly send: (event: OutboxEvent) => void;
}

/** A sender that has at most `inFlightEventsMax` events on their way. */
export const createSender = ({ outbox, clock, send }: SenderDeps): Sender => {
  /** When each event on its way was last published. */
  const sentAt = new Map<string, number>();
  const flushes = new Set<{ readonly ids: Set<string>; resolve(): void }>();
  let isRunning = false;
  let cancelTimer = () => {};

  const sendDue = (): void => {
    if (!isRunning) return;
    const now = clock.elapsed();
    for (const event of outbox.first(inFlightEventsMax)) {
      if (now - (sentAt.get(event.id) ?? Number.NEGATIVE_INFINITY) < ackTimeoutMs) continue;
      sentAt.set(event.id, now);
      send(event);
    }
    cancelTimer();
    if (sentAt.size === 0) return;
    cancelTimer = clock.after(Math.min(...sentAt.values()) + ackTimeoutMs - now, sendDue);
  };

  return {
    start() {
      isRunning = true;
      sendDue();
    },
    stop() {
      isRunning = false;
      cancelTimer();
      sentAt.clear();
    },
    sendDue,
    async acknowledge(ids) {
      const removed = outbox.remove(ids);
      for (const id of ids) sentAt.delete(id);
      for (const flush of flushes) {
        for (const id of ids) flush.ids.delete(id);
        if (flush.ids.size > 0) continue;
        flushes.delete(flush);
        flush.resolve();
      }
      sendDue();
      await removed;
    },
    async flush() {
      const ids = new Set(outbox.first(outbox.size).map(({ id }) => id));
      if (ids.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      flushes.add({ ids, resolve });
      await promise;
    },
  };
};
