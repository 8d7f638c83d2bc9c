import { Failure } from "../../platform/failure.ts";
import type { Device } from "../device.ts";
import {
  type NameDeps,
  type NameReservation,
  releaseName,
  reservationOf,
  reserveName,
  rollBackName,
} from "../reserveName.ts";
import { type MoveDeps, moveDevice } from "./moveDevice.ts";

/** The dependencies of `moveWithName`. */
export interface MoveWithNameDeps extends MoveDeps, NameDeps {
  readonly devices: MoveDeps["devices"] & NameDeps["devices"];
}

/**
 * Moves a device and releases its name in the former fleet. A name is unique in a fleet: if the new
 * fleet has a device of this name, the device loses its name. Fails as `moveDevice` does.
 */
export const moveWithName = async (
  before: Device,
  { name, ...after }: Device,
  deps: MoveWithNameDeps,
): Promise<Device> => {
  const old = await reservationOf(before, deps);
  const reservation = await takeIfFree(after, name, deps);
  try {
    const row = { ...after, ...(name !== undefined && reservation && { name }) };
    const moved = await moveDevice(before, row, deps);
    if (old?.token !== reservation?.token) await releaseName(old, deps);
    return moved;
  } catch (error) {
    await rollBackName(reservation, error, deps);
    throw error;
  }
};

const takeIfFree = async (
  { id: device, fleet }: Omit<Device, "name">,
  name: string | undefined,
  deps: NameDeps,
): Promise<NameReservation | undefined> => {
  if (name === undefined) return undefined;
  try {
    return await reserveName({ fleet, name, device }, deps);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
};
