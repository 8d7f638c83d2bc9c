import { Failure } from "../../platform/failure.ts";
import { type Device, type Devices, unclaimedFleet } from "../device.ts";
import { checkCapacity } from "../fleetCapacity.ts";
import { type MoveWithNameDeps, moveWithName } from "./moveNamed.ts";

/**
 * Gives a device that belongs to nobody to a user, once `canClaim` has said that it is proved. Fails with `device_not_claimable`, in the same
 * words for a device that is not there and for one that is somebody's: nobody learns which ids there are.
 */
export const claimDevice = async (
  id: string,
  { username, fleet }: { username: string; fleet: string },
  deps: MoveWithNameDeps & { devices: Pick<Devices, "list"> },
): Promise<Device> => {
  const device = await deps.devices.find(id);
  if (device?.fleet === fleet) return device;
  if (device === undefined || device.fleet !== unclaimedFleet(id)) {
    throw notClaimable();
  }
  await checkCapacity(fleet, deps);
  const updatedAt = new Date(deps.now()).toISOString();
  try {
    return await moveWithName(device, { ...device, fleet, owner: username, updatedAt }, deps);
  } catch (error) {
    // The same user's other request may have claimed it.
    const row = await deps.devices.find(id);
    if (row?.fleet === fleet) return row;
    throw error;
  }
};

/** The same words for a device that does not exist and for one that has an owner. */
export const notClaimable = (): Failure =>
  new Failure(
    "No device of this id can be claimed without proof. If it has an owner, they must remove it first with keep_certificate=true. Then make a claim code with POST /v1/device_claims, have the device say it in its hello or sign it, and claim again.",
    { code: "device_not_claimable" },
  );

/** Takes a device out of its fleet and away from its owner. It keeps its certificate, and waits to be claimed. */
export const unclaimDevice = async (device: Device, deps: MoveWithNameDeps): Promise<void> => {
  const { id, createdAt } = device;
  const updatedAt = new Date(deps.now()).toISOString();
  await moveWithName(device, { id, createdAt, updatedAt, fleet: unclaimedFleet(id) }, deps);
};
