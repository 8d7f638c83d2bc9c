import type { Devices } from "../device/device.ts";
import { findDevice } from "../device/findDevice.ts";
import { apiPublisher, cloudPublisher, deviceIdPattern } from "../platform/topic.ts";
import type { DeadLetterFilter } from "./deadLetter.ts";

interface Deps {
  readonly devices: Pick<Devices, "find" | "findByName">;
}

/**
 * Resolves the id or name of an event's publisher to the id that events carry. An id stays as it
 * is: a device that has left the fleet still has events and dead letters. Fails with `not_found` if
 * the fleet has no device of that name.
 */
export const resolvePublisher = async (
  fleet: string,
  idOrName: string,
  { devices }: Deps,
): Promise<string> => {
  const id = idOrName.toLowerCase();
  if (deviceIdPattern.test(id) || id === apiPublisher || id === cloudPublisher) return id;
  return (await findDevice(fleet, idOrName, { devices })).id;
};

/** Replaces the device name in a filter by the device id. Fails like `resolvePublisher`. */
export const resolveFilterDevice = async (
  fleet: string,
  filter: DeadLetterFilter,
  deps: Deps,
): Promise<DeadLetterFilter> =>
  filter.device === undefined
    ? filter
    : { ...filter, device: await resolvePublisher(fleet, filter.device, deps) };
