import { Failure } from "../../platform/failure.ts";
import type { Device } from "../device.ts";
import type { NameHold } from "../deviceNames.ts";
import { freeName, giveBackName, holdOf, type NameNeeds, takeName } from "../takeName.ts";
import { type MoveNeeds, moveDevice } from "./moveDevice.ts";

/** What moving a device with its name needs. */
export interface MoveNamedNeeds extends MoveNeeds, NameNeeds {
  readonly devices: MoveNeeds["devices"] & NameNeeds["devices"];
}

/**
 * Moves a device, and frees its name where it was. A name is unique in a fleet: a device whose name is taken where it comes to
 * goes without one. Fails as `moveDevice` does.
 */
export const moveNamed = async (
  before: Device,
  { name, ...after }: Device,
  needs: MoveNamedNeeds,
): Promise<Device> => {
  const old = await holdOf(before, needs);
  const hold = await takeIfFree(after, name, needs);
  try {
    const row = { ...after, ...(name !== undefined && hold && { name }) };
    const moved = await moveDevice(before, row, needs);
    if (old?.token !== hold?.token) await freeName(old, needs);
    return moved;
  } catch (error) {
    await giveBackName(hold, error, needs);
    throw error;
  }
};

const takeIfFree = async (
  { id: device, fleet }: Omit<Device, "name">,
  name: string | undefined,
  needs: NameNeeds,
): Promise<NameHold | undefined> => {
  if (name === undefined) return undefined;
  try {
    return await takeName({ fleet, name, device }, needs);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
};
