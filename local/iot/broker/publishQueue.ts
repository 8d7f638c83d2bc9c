import { publishesInFlightMax, publishesWaitingMax } from "../limits.ts";
import type { InFlightWork } from "./inFlightWork.ts";

/** Starts a work, and calls `settled` at its end, with the error if it failed. */
export type Work = (settled: (error?: unknown) => void) => void;

/**
 * The publishes of one connection. They run concurrently, up to IoT Core's limit of unacknowledged
 * ones, and complete in order: PUBACKs are sent in the order of their PUBLISHes [MQTT-4.6.0-2] and
 * subscribers receive messages in the order they were sent [MQTT-4.6.0-6], which IoT Core does not
 * guarantee.
 *
 * Callbacks in place of promises: under overload most publishes wait, and a waiting one takes a few
 * hundred bytes.
 */
export interface PublishQueue {
  /** `done` is called with an error at once when too many publishes wait. */
  run(work: Work, done: (error?: unknown) => void): void;
}

interface Entry {
  readonly work: Work;
  readonly done: (error?: unknown) => void;
  isSettled: boolean;
  error?: unknown;
}

/** `inFlight` counts the publishes of all connections. */
export const createPublishQueue = (inFlight: Pick<InFlightWork, "begin" | "end">): PublishQueue => {
  // In the order of arrival, until they complete. The first `started` have started.
  const entries: Entry[] = [];
  let started = 0;
  let running = 0;

  const startNext = (): void => {
    while (running < publishesInFlightMax) {
      const entry = entries[started];
      if (entry === undefined) return;
      started += 1;
      running += 1;
      entry.work((error) => settle(entry, error));
    }
  };

  const settle = (entry: Entry, error: unknown): void => {
    if (entry.isSettled) return;
    entry.isSettled = true;
    entry.error = error;
    running -= 1;
    for (let first = entries[0]; first?.isSettled; first = entries[0]) {
      entries.shift();
      started -= 1;
      inFlight.end();
      first.done(first.error);
    }
    startNext();
  };

  return {
    run(work, done) {
      const isFull = entries.length - started >= publishesWaitingMax;
      if (isFull || !inFlight.begin()) {
        done(new Error("too many waiting publishes"));
        return;
      }
      entries.push({ work, done, isSettled: false });
      startNext();
    },
  };
};
