import { Failure } from "../platform/failure.ts";
import { deviceIdPattern } from "../platform/topic.ts";
import type { Device, Devices } from "./device.ts";
import { deviceNameCharsMax } from "./limits.ts";

/** The device of a fleet that has this id or this name. Fails with `not_found`, also for somebody else's device. */
export const findDevice = async (
  fleet: string,
  idOrName: string,
  { devices }: { devices: Pick<Devices, "find" | "findByName"> },
): Promise<Device> => {
  const id = idOrName.toLowerCase();
  // What can be no device's name is not looked up: DynamoDB takes keys of some length only, and none that are empty.
  const isName = idOrName !== "" && idOrName.length <= deviceNameCharsMax;
  const byName = () => (isName ? devices.findByName(fleet, idOrName) : undefined);
  const found = deviceIdPattern.test(id) ? await devices.find(id) : await byName();
  if (found?.fleet !== fleet) throw new Failure("Device not found", { code: "not_found" });
  return found;
};
