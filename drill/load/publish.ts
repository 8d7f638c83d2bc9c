import type { Device } from "../../device/device.ts";
import type { EventTracker } from "./eventTracker.ts";

/** Returns the items in turn, and the first again after the last. */
export const roundRobin = <Item>(items: readonly Item[]): (() => Item | undefined) => {
  let turn = 0;
  return () => items[turn++ % items.length];
};

/**
 * Returns a function that publishes one event without the outbox, from the next device in turn. It
 * publishes nothing if `canPublish` rejects that device. The event is accepted when the broker
 * sends its PUBACK.
 */
export const publishConfirmed = (
  devices: readonly Device[],
  event: string,
  tracker: EventTracker,
  canPublish: (device: Device) => boolean = () => true,
): (() => void) => {
  const next = roundRobin(devices);
  return () => {
    const device = next();
    if (device === undefined || !canPublish(device)) return;
    const id = tracker.publish();
    void device.publish(event, id, { durable: false }).then(
      () => tracker.recordAccepted(id),
      () => {},
    );
  };
};

/**
 * Returns a function that publishes one event through the durable outbox of the next device in
 * turn. The event is accepted at once: the outbox guarantees its delivery.
 */
export const publishDurably = (
  devices: readonly Device[],
  event: string,
  tracker: EventTracker,
): (() => void) => {
  const next = roundRobin(devices);
  return () => {
    const id = tracker.publish();
    tracker.recordAccepted(id);
    void next()?.publish(event, id);
  };
};
