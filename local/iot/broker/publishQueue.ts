import { publishesInFlightMax, publishesWaitingMax } from "../limits.ts";

/**
 * The publishes of one connection. They run concurrently, up to IoT Core's limit of unacknowledged
 * ones, and complete in order: PUBACKs are sent in the order of their PUBLISHes [MQTT-4.6.0-2] and
 * subscribers receive messages in the order they were sent [MQTT-4.6.0-6], which IoT Core does not
 * guarantee.
 */
export interface PublishQueue {
  /** Fails at once when too many waiting publishes. */
  run(work: () => Promise<void>): Promise<void>;
}

export const createPublishQueue = (): PublishQueue => {
  let inFlight = 0;
  let last: Promise<unknown> = Promise.resolve();
  const waiting: (() => void)[] = [];

  const start = async (work: () => Promise<void>): Promise<void> => {
    if (inFlight < publishesInFlightMax) inFlight += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = waiting.shift();
      // A waiting publish takes over the slot.
      if (next !== undefined) next();
      else inFlight -= 1;
    }
  };

  return {
    async run(work) {
      if (waiting.length >= publishesWaitingMax) throw new Error("too many waiting publishes");
      const before = last;
      const done = start(work);
      last = Promise.allSettled([before, done]);
      await last;
      await done;
    },
  };
};
