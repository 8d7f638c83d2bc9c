import { connectionRateMax, type Publishers } from "./publishers.ts";

/** Quota of IoT Core: unacknowledged events per connection. */
const inFlightPerConnectionMax = 100;

/** Publishers that respect the back-pressure of the broker. */
export interface BoundedPublishers {
  ready(): Promise<void>;
  /**
   * Publishes an event and returns true, unless all devices wait for acknowledgements: a real
   * device keeps the event in its outbox then.
   */
  publish(payload: string, onAcknowledged: () => void): boolean;
  /** Events without an acknowledgement. */
  inFlight(): number;
  stop(): Promise<void>;
}

/** Bounds the unacknowledged events to the quota of IoT Core: 100 for each connection. */
export const openBoundedPublishers = (
  publishers: Omit<Publishers, "system">,
  rate: number,
): BoundedPublishers => {
  const inFlightMax = Math.ceil(rate / connectionRateMax) * inFlightPerConnectionMax;
  let inFlight = 0;
  return {
    ready: () => publishers.readyFor(rate),
    publish(payload, onAcknowledged) {
      if (inFlight >= inFlightMax) return false;
      inFlight += 1;
      publishers.publish(payload, {
        onAcknowledged() {
          inFlight -= 1;
          onAcknowledged();
        },
      });
      return true;
    },
    inFlight: () => inFlight,
    stop: publishers.stop,
  };
};
