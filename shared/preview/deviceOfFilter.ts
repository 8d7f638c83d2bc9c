import type { Devices } from "../device/devices.ts";
import { findDevice } from "../device/findDevice.ts";
import { apiPublisher, cloudPublisher, deviceIdPattern } from "../platform/topic.ts";

/**
 * The sender that a filter of dead letters means, as events have it: an id as it is, for a device that has left the fleet has
 * dead letters still; a name is the id of the fleet's device. Fails with `not_found` for any other name.
 */
export const deviceOfFilter = async (
  fleet: string,
  idOrName: string,
  { devices }: { devices: Pick<Devices, "find" | "findByName"> },
): Promise<string> => {
  const id = idOrName.toLowerCase();
  if (deviceIdPattern.test(id) || id === apiPublisher || id === cloudPublisher) return id;
  return (await findDevice(fleet, idOrName, { devices })).id;
};
