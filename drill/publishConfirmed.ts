import type { Device } from "../device/device.ts";
import type { Books } from "./books.ts";

/** Publishes an event each time it is called, as the next of the devices. It is accepted when the broker confirms it. */
export const publishConfirmed = (
  devices: readonly Device[],
  event: string,
  books: Books,
): (() => void) => {
  let turn = 0;
  return () => {
    const id = books.publish();
    void devices[turn++ % devices.length]?.publish(event, id, { durable: false }).then(
      () => books.accept(id),
      () => {},
    );
  };
};
