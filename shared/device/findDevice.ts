import { Failure } from "../failure.ts";
import type { Devices } from "../ports.ts";
import { deviceIdPattern } from "../topic.ts";
import type { Device } from "./device.ts";

/** The device of a fleet that has this id or this name. Fails with `not_found`, also for somebody else's device. */
export const findDevice = async (
  fleet: string,
  idOrName: string,
  { devices }: { devices: Pick<Devices, "find" | "findByName"> },
): Promise<Device> => {
  const id = idOrName.toLowerCase();
  const found = deviceIdPattern.test(id)
    ? await devices.find(id)
    : await devices.findByName(fleet, idOrName);
  if (found?.fleet !== fleet) throw new Failure("Device not found", { code: "not_found" });
  return found;
};
