import type { Device } from "../device/device.ts";
import type { Books } from "./books.ts";
import { inTurn } from "./inTurn.ts";

/**
 * Publishes an event each time it is called, as the next of the devices. It is accepted as soon as the device has it in its durable
 * outbox: from then on the outbox is the device's promise.
 */
export const publishDurably = (
  devices: readonly Device[],
  event: string,
  books: Books,
): (() => void) => {
  const next = inTurn(devices);
  return () => {
    const id = books.publish();
    books.accept(id);
    void next()?.publish(event, id);
  };
};
