import { Failure } from "../failure.ts";
import type { Devices } from "../ports.ts";
import type { Device } from "./device.ts";

/** The device of a fleet that has this id or this name. Fails with `not_found`, also for somebody else's device. */
export const findDevice = async (
  fleet: string,
  idOrName: string,
  { devices }: { devices: Devices },
): Promise<Device> => {
  const wanted = idOrName.toLowerCase();
  const found = (await devices.list(fleet)).find(
    ({ id, name }) => id === wanted || name.toLowerCase() === wanted,
  );
  if (found === undefined) throw new Failure("Device not found", { code: "not_found" });
  return found;
};
