import { publishesUnderWayMax, publishesWaitingMax } from "../limits.ts";

/**
 * The publishes of one connection. They run side by side, as many as IoT Core leaves unacknowledged, and
 * end in the order they began: PUBACKs go out in the order of their PUBLISHes [MQTT-4.6.0-2] and
 * subscribers get messages in the order they were sent [MQTT-4.6.0-6], which IoT Core does not promise.
 */
export interface PublishQueue {
  /** Fails at once when too many wait already. */
  run(work: () => Promise<void>): Promise<void>;
}

export const createPublishQueue = (): PublishQueue => {
  let inFlight = 0;
  let last: Promise<unknown> = Promise.resolve();
  const waiting: (() => void)[] = [];

  const start = async (work: () => Promise<void>): Promise<void> => {
    if (inFlight < publishesUnderWayMax) inFlight += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = waiting.shift();
      // A waiting one takes over the place of the one that ends.
      if (next !== undefined) next();
      else inFlight -= 1;
    }
  };

  return {
    async run(work) {
      if (waiting.length >= publishesWaitingMax) throw new Error("too many publishes wait");
      const before = last;
      const done = start(work);
      last = Promise.allSettled([before, done]);
      await last;
      await done;
    },
  };
};
