import { ackTimeoutMs, inFlightEventsMax } from "../limits.ts";
import type { Clock } from "../platform/clock.ts";
import type { Outbox, OutboxEvent } from "./outbox.ts";

/** Publishes the events of the outbox until the cloud has acknowledged them. */
export interface Sender {
  /** Call when connected. Publishes all unacknowledged events, the oldest first. */
  start(): void;
  /** Call when disconnected. */
  stop(): void;
  /** Publishes events that are new or whose ack is overdue. */
  sendDue(): void;
  /** Handles the acks of the cloud: it has stored these events. */
  acknowledge(ids: readonly string[]): Promise<void>;
  /** Resolves when all events that are in the outbox now are acknowledged. */
  flush(): Promise<void>;
}

interface SenderDeps {
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Publishes an event on the current connection. Handles its own errors. */
  readonly send: (event: OutboxEvent) => void;
}

/** Creates a sender. At most `inFlightEventsMax` events wait for an ack at a time. */
export const createSender = ({ outbox, clock, send }: SenderDeps): Sender => {
  /** Time of the last publish of each event in flight. */
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
