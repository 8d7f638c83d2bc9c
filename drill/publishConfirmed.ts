import type { Device } from "../device/device.ts";
import type { Books } from "./books.ts";
import { inTurn } from "./inTurn.ts";

/**
 * Publishes an event each time it is called, as the next of the devices, or not at all when it is one that may not. It is accepted
 * when the broker confirms it.
 */
export const publishConfirmed = (
  devices: readonly Device[],
  event: string,
  books: Books,
  may: (device: Device) => boolean = () => true,
): (() => void) => {
  const next = inTurn(devices);
  return () => {
    const device = next();
    if (device === undefined || !may(device)) return;
    const id = books.publish();
    void device.publish(event, id, { durable: false }).then(
      () => books.accept(id),
      () => {},
    );
  };
};
