import type { AcceptedEvent } from "../../event/deviceEvent.ts";
import type { EventQueue } from "../../event/ports.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { deviceIdPattern } from "../../platform/topic.ts";
import { vitalsBurst, vitalsDevicesMax, vitalsRefillMs } from "./limits.ts";
import { vitalsEvent } from "./vitals.ts";

interface Deps {
  /** The queue `Presence`. */
  readonly presenceQueue: EventQueue;
  readonly now: () => number;
  /** Called with the number of vitals that exceed the rate of their devices. */
  readonly onSkipped: (count: number) => void;
}

/**
 * Forwards the vitals in a batch of events to the queue `Presence`, whose worker stores them: the
 * router waits for no table. Other events cost a comparison. Returns, in the order of the events,
 * the error of an event that must stay in its queue because it could not be forwarded.
 *
 * A crash at any point forwards the vitals again; storing them is idempotent.
 */
export const forwardVitals = ({ presenceQueue, now, onSkipped }: Deps) => {
  /** By device: the vitals that it may publish now, and the time of that number. */
  const tokens = new BoundedMap<string, { count: number; at: number }>(vitalsDevicesMax);

  const tryTake = (device: string): boolean => {
    const at = now();
    const known = tokens.get(device) ?? { count: vitalsBurst, at };
    const count = Math.min(vitalsBurst, known.count + (at - known.at) / vitalsRefillMs);
    tokens.set(device, { count: count < 1 ? count : count - 1, at });
    return count >= 1;
  };

  return async (accepted: readonly AcceptedEvent[]): Promise<readonly (Error | undefined)[]> => {
    const found = accepted.flatMap(({ event, received, isRedelivered }, i) =>
      event.name === vitalsEvent && deviceIdPattern.test(event.device)
        ? [{ i, received, device: event.device, isRedelivered }]
        : [],
    );
    if (found.length === 0) return [];
    const taken = found.filter(({ device, isRedelivered }) => isRedelivered || tryTake(device));
    if (taken.length < found.length) onSkipped(found.length - taken.length);
    if (taken.length === 0) return [];
    const refused = await presenceQueue.send(taken.map(({ received }) => received));
    const errors: (Error | undefined)[] = [];
    for (const [n, error] of refused) {
      const index = taken[n]?.i;
      if (index !== undefined) errors[index] = error;
    }
    return errors;
  };
};
