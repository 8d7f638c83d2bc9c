import { randomBytes } from "node:crypto";
import { Failure } from "../platform/failure.ts";
import type { Device, Devices } from "./device.ts";
import { nameReservationMs } from "./limits.ts";

/** The dependencies of `reserveName`. */
export interface NameDeps {
  readonly devices: Pick<Devices, "find" | "findByName">;
  readonly deviceNames: DeviceNames;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Reserves a name for a device in a fleet, before the write of the device's row. Of several
 * requests for one name, one gets it. Fails with `already_exists` if another device of the fleet
 * has the name or another request has reserved it, and with `conflict` if another request has
 * reserved it for the same device.
 *
 * A crash before the write of the device's row leaves a reservation without a device. After
 * `nameReservationMs` the next request for the name replaces it.
 */
export const reserveName = async (
  wanted: Pick<NameReservation, "fleet" | "name" | "device">,
  deps: NameDeps,
): Promise<NameReservation> => {
  const { deviceNames, now } = deps;
  // A device that is older than the reservations is in the index only.
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

/** The reservation of a device's name, to be removed after the device has another name or fleet. */
export const reservationOf = async (
  { id, fleet, name }: Pick<Device, "id" | "fleet" | "name">,
  { deviceNames }: Pick<NameDeps, "deviceNames">,
): Promise<NameReservation | undefined> => {
  if (name === undefined) return undefined;
  const held = await deviceNames.find(fleet, name);
  return held?.device === id ? held : undefined;
};

/**
 * Releases a name. After a failure or a crash, the next request for the name replaces the
 * reservation.
 */
export const releaseName = async (
  reservation: NameReservation | undefined,
  { deviceNames, onError }: Pick<NameDeps, "deviceNames" | "onError">,
): Promise<void> => {
  if (reservation === undefined) return;
  try {
    await deviceNames.remove(reservation);
  } catch (error) {
    onError("releasing a device's name failed", error);
  }
};

/**
 * Releases a name after the write of the device's row failed with `error`. The reservation stays if
 * the row has the name, by this or another request, and if it is unknown whether the row was
 * written.
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
    deps.onError("releasing a device's name failed", cause);
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

/** The reservation of a name in a fleet for a device that has the name or is about to get it. */
export interface NameReservation {
  readonly fleet: string;
  /** In lower case: names are case-insensitive. */
  readonly name: string;
  readonly device: string;
  /** Identifies the request that wrote this. */
  readonly token: string;
  /** The time of the write, in milliseconds since 1970. */
  readonly since: number;
}

/**
 * The reservations of names. The device's row is authoritative; a reservation serializes two
 * requests for one name.
 */
export interface DeviceNames {
  find(fleet: string, name: string): Promise<NameReservation | undefined>;
  /**
   * Writes a reservation if there is none, or instead of `instead`. Returns `false` if another
   * request was first.
   */
  put(reservation: NameReservation, instead?: NameReservation): Promise<boolean>;
  /** Removes this reservation, unless another one has replaced it. */
  remove(reservation: NameReservation): Promise<void>;
}

/** The reservation of a new request. */
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
