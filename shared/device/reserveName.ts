import { randomBytes } from "node:crypto";
import { Failure } from "../platform/failure.ts";
import type { Device, Devices } from "./device.ts";
import { nameReservationMs } from "./limits.ts";

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
 * A crash before the device's row is written leaves a hold without a device. After `nameReservationMs` the next request that wants
 * the name replaces it.
 */
export const reserveName = async (
  wanted: Pick<NameReservation, "fleet" | "name" | "device">,
  deps: NameDeps,
): Promise<NameReservation> => {
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
    if (now() - held.since < nameReservationMs) throw isOwn ? isBeingNamed(wanted) : taken(wanted);
  }
  const reservation = newReservation(wanted, now());
  if (!(await deviceNames.put(reservation, held))) throw taken(wanted);
  return reservation;
};

/** The hold of the name that a device has, to be removed after the device has another name or fleet. */
export const reservationOf = async (
  { id, fleet, name }: Pick<Device, "id" | "fleet" | "name">,
  { deviceNames }: Pick<NameDeps, "deviceNames">,
): Promise<NameReservation | undefined> => {
  if (name === undefined) return undefined;
  const held = await deviceNames.find(fleet, name);
  return held?.device === id ? held : undefined;
};

/** Makes a name free. When this fails, or is not reached, the next request that wants the name replaces the hold. */
export const releaseName = async (
  reservation: NameReservation | undefined,
  { deviceNames, onError }: Pick<NameDeps, "deviceNames" | "onError">,
): Promise<void> => {
  if (reservation === undefined) return;
  try {
    await deviceNames.remove(reservation);
  } catch (error) {
    onError("a device's name is not freed yet", error);
  }
};

/**
 * Makes a name free that a request has taken, after the write of the device's row failed with `error`. The hold stays when the
 * row has the name, by this or another request, and when it is unknown whether the row was written.
 */
export const rollBackName = async (
  reservation: NameReservation | undefined,
  error: unknown,
  deps: NameDeps,
): Promise<void> => {
  if (reservation === undefined || !(error instanceof Failure)) return;
  try {
    if (await hasName(reservation.device, reservation, deps)) return;
    await deps.deviceNames.remove(reservation);
  } catch (cause) {
    deps.onError("a device's name is not freed yet", cause);
  }
};

const hasName = async (
  device: string,
  { fleet, name }: Pick<NameReservation, "fleet" | "name">,
  { devices }: Pick<NameDeps, "devices">,
): Promise<boolean> => {
  const row = await devices.find(device);
  return row?.fleet === fleet && row.name?.toLowerCase() === name.toLowerCase();
};

const taken = ({ name }: Pick<NameReservation, "name">): Failure =>
  new Failure(`there is a device ${name} already`, { code: "already_exists" });

const isBeingNamed = ({ name }: Pick<NameReservation, "name">): Failure =>
  new Failure(`Another request gives this device the name ${name}. Repeat yours in a minute.`, {
    code: "conflict",
  });

/** Says that a device has a name in a fleet, or is about to have it. */
export interface NameReservation {
  readonly fleet: string;
  /** In small letters: names that differ in capitals only are the same name. */
  readonly name: string;
  readonly device: string;
  /** Names the request that wrote this. */
  readonly token: string;
  /** When it was written, in milliseconds since 1970. */
  readonly since: number;
}

/** Who holds which name in a fleet. The device's row decides; this makes two requests for one name meet. */
export interface DeviceNames {
  find(fleet: string, name: string): Promise<NameReservation | undefined>;
  /** Writes a hold where there is none, or in the place of `instead`. Returns `false` when another request was first. */
  put(reservation: NameReservation, instead?: NameReservation): Promise<boolean>;
  /** Removes this hold, unless another one has taken its place. */
  remove(reservation: NameReservation): Promise<void>;
}

/** A hold of a new request. */
export const newReservation = (
  { fleet, name, device }: Pick<NameReservation, "fleet" | "name" | "device">,
  since: number,
): NameReservation => ({
  fleet,
  name: name.toLowerCase(),
  device,
  token: randomBytes(8).toString("hex"),
  since,
});
