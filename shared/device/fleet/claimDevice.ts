import { Failure } from "../../platform/failure.ts";
import { type Device, type Devices, unclaimedFleet } from "../device.ts";
import { checkCapacity } from "../fleetCapacity.ts";
import { type MoveWithNameDeps, moveWithName } from "./moveWithName.ts";

/**
 * Gives an unclaimed device to a user, after `canClaim` has verified the claim. Fails with
 * `device_not_claimable`, with the same message for an unknown device and for one with an owner, so
 * that the response reveals no ids.
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
    // Another request of the same user may have claimed it.
    const row = await deps.devices.find(id);
    if (row?.fleet === fleet) return row;
    throw error;
  }
};

/** The failure for an unknown device and for one with an owner: the same message. */
export const notClaimable = (): Failure =>
  new Failure(
    "No device of this id can be claimed without proof. If it has an owner, they must remove it first with keep_certificate=true. Then make a claim code with POST /v1/device_claims, have the device say it in its hello or sign it, and claim again.",
    { code: "device_not_claimable" },
  );

/** Removes a device from its fleet and its owner. It keeps its certificate and can be claimed. */
export const unclaimDevice = async (device: Device, deps: MoveWithNameDeps): Promise<void> => {
  const { id, createdAt } = device;
  const updatedAt = new Date(deps.now()).toISOString();
  await moveWithName(device, { id, createdAt, updatedAt, fleet: unclaimedFleet(id) }, deps);
};
