import { Failure } from "../../platform/failure.ts";
import type { Device } from "../device.ts";
import type { NameHold } from "../deviceNames.ts";
import { freeName, giveBackName, holdOf, type NameDeps, takeName } from "../takeName.ts";
import { type MoveDeps, moveDevice } from "./moveDevice.ts";

/** What moving a device with its name needs. */
export interface MoveNamedDeps extends MoveDeps, NameDeps {
  readonly devices: MoveDeps["devices"] & NameDeps["devices"];
}

/**
 * Moves a device, and frees its name where it was. A name is unique in a fleet: a device whose name is taken where it comes to
 * goes without one. Fails as `moveDevice` does.
 */
export const moveNamed = async (
  before: Device,
  { name, ...after }: Device,
  deps: MoveNamedDeps,
): Promise<Device> => {
  const old = await holdOf(before, deps);
  const hold = await takeIfFree(after, name, deps);
  try {
    const row = { ...after, ...(name !== undefined && hold && { name }) };
    const moved = await moveDevice(before, row, deps);
    if (old?.token !== hold?.token) await freeName(old, deps);
    return moved;
  } catch (error) {
    await giveBackName(hold, error, deps);
    throw error;
  }
};

const takeIfFree = async (
  { id: device, fleet }: Omit<Device, "name">,
  name: string | undefined,
  deps: NameDeps,
): Promise<NameHold | undefined> => {
  if (name === undefined) return undefined;
  try {
    return await takeName({ fleet, name, device }, deps);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
};
