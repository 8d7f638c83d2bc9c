import { Failure } from "../platform/failure.ts";
import type { Device } from "./device.ts";
import { type DeviceNames, type NameHold, newHold } from "./deviceNames.ts";
import type { Devices } from "./devices.ts";
import { nameSettleMs } from "./limits.ts";

/** What taking a name needs. */
export interface NameDeps {
  readonly devices: Pick<Devices, "find" | "findByName">;
  readonly deviceNames: DeviceNames;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Takes a name for a device in a fleet, before the device's row says so. Of several requests for one name, one gets it.
 * Fails with `already_exists` when another device of the fleet has the name or another request takes it now, and with `conflict`
 * when another request takes it for the same device.
 *
 * A crash before the device's row is written leaves a hold without a device. After `nameSettleMs` the next request that wants
 * the name replaces it.
 */
export const takeName = async (
  wanted: Pick<NameHold, "fleet" | "name" | "device">,
  deps: NameDeps,
): Promise<NameHold> => {
  const { deviceNames, now } = deps;
  // A device from before names were held is in the index only.
  const indexed = await deps.devices.findByName(wanted.fleet, wanted.name);
  if (indexed !== undefined && indexed.id !== wanted.device) {
    if (await hasName(indexed.id, wanted, deps)) throw taken(wanted);
  }
  const held = await deviceNames.find(wanted.fleet, wanted.name);
  if (held !== undefined) {
    const isOwn = held.device === wanted.device;
    const isHeld = await hasName(held.device, wanted, deps);
    if (isHeld && isOwn) return held;
    if (isHeld) throw taken(wanted);
    if (now() - held.since < nameSettleMs) throw isOwn ? isBeingNamed(wanted) : taken(wanted);
  }
  const hold = newHold(wanted, now());
  if (!(await deviceNames.put(hold, held))) throw taken(wanted);
  return hold;
};

/** The hold of the name that a device has, to be removed after the device has another name or fleet. */
export const holdOf = async (
  { id, fleet, name }: Pick<Device, "id" | "fleet" | "name">,
  { deviceNames }: Pick<NameDeps, "deviceNames">,
): Promise<NameHold | undefined> => {
  if (name === undefined) return undefined;
  const held = await deviceNames.find(fleet, name);
  return held?.device === id ? held : undefined;
};

/** Makes a name free. When this fails, or is not reached, the next request that wants the name replaces the hold. */
export const freeName = async (
  hold: NameHold | undefined,
  { deviceNames, onError }: Pick<NameDeps, "deviceNames" | "onError">,
): Promise<void> => {
  if (hold === undefined) return;
  try {
    await deviceNames.remove(hold);
  } catch (error) {
    onError("a device's name is not freed yet", error);
  }
};

/**
 * Makes a name free that a request has taken, after the write of the device's row failed with `error`. The hold stays when the
 * row has the name, by this or another request, and when it is unknown whether the row was written.
 */
export const giveBackName = async (
  hold: NameHold | undefined,
  error: unknown,
  deps: NameDeps,
): Promise<void> => {
  if (hold === undefined || !(error instanceof Failure)) return;
  try {
    if (await hasName(hold.device, hold, deps)) return;
    await deps.deviceNames.remove(hold);
  } catch (cause) {
    deps.onError("a device's name is not freed yet", cause);
  }
};

const hasName = async (
  device: string,
  { fleet, name }: Pick<NameHold, "fleet" | "name">,
  { devices }: Pick<NameDeps, "devices">,
): Promise<boolean> => {
  const row = await devices.find(device);
  return row?.fleet === fleet && row.name?.toLowerCase() === name.toLowerCase();
};

const taken = ({ name }: Pick<NameHold, "name">): Failure =>
  new Failure(`there is a device ${name} already`, { code: "already_exists" });

const isBeingNamed = ({ name }: Pick<NameHold, "name">): Failure =>
  new Failure(`Another request gives this device the name ${name}. Repeat yours in a minute.`, {
    code: "conflict",
  });
