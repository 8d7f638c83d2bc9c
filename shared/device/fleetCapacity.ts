import { Failure } from "../platform/failure.ts";
import type { Devices } from "./device.ts";
import { devicesPerFleetListedMax } from "./limits.ts";

/** Fails with `limit_reached` when a user's fleet is full. */
export const checkCapacity = async (
  fleet: string,
  { devices }: { devices: Pick<Devices, "list"> },
): Promise<void> => {
  if ((await remainingCapacity(fleet, { devices })) > 0) return;
  throw capacityReached();
};

/** The number of devices that a user's fleet can still take. */
export const remainingCapacity = async (
  fleet: string,
  { devices }: { devices: Pick<Devices, "list"> },
): Promise<number> =>
  devicesPerFleetListedMax - (await devices.list(fleet, devicesPerFleetListedMax)).length;

export const capacityReached = (): Failure =>
  new Failure(`a user has at most ${devicesPerFleetListedMax} devices outside of products`, {
    code: "limit_reached",
  });
