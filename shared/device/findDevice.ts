import { Failure } from "../platform/failure.ts";
import { deviceIdPattern } from "../platform/topic.ts";
import type { Device, Devices } from "./device.ts";
import { deviceNameCharsMax } from "./limits.ts";

/**
 * Finds the device of a fleet by id or name. Fails with `not_found`, also for a device of another
 * fleet.
 */
export const findDevice = async (
  fleet: string,
  idOrName: string,
  { devices }: { devices: Pick<Devices, "find" | "findByName"> },
): Promise<Device> => {
  const id = idOrName.toLowerCase();
  // DynamoDB rejects empty and long keys, so a text that cannot be a name is not looked up.
  const isName = idOrName !== "" && idOrName.length <= deviceNameCharsMax;
  const byName = () => (isName ? devices.findByName(fleet, idOrName) : undefined);
  const found = deviceIdPattern.test(id) ? await devices.find(id) : await byName();
  if (found?.fleet !== fleet) throw new Failure("Device not found", { code: "not_found" });
  return found;
};
