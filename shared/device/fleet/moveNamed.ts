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

/** What moving a device with its name needs. */
export interface MoveWithNameDeps extends MoveDeps, NameDeps {
  readonly devices: MoveDeps["devices"] & NameDeps["devices"];
}

/**
 * Moves a device, and frees its name where it was. A name is unique in a fleet: a device whose name is taken where it comes to
 * goes without one. Fails as `moveDevice` does.
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
