import * as z from "zod/mini";
import { flag } from "../input/flag.ts";
import { Failure } from "../platform/failure.ts";
import { type ExpectedVersions, requireVersion, versionOfRevision } from "../platform/version.ts";
import { type Device, type Devices, deviceName } from "./device.ts";
import { deviceNotesCharsMax, updateAttemptsMax } from "./limits.ts";
import {
  type NameDeps,
  releaseName,
  reservationOf,
  reserveName,
  rollBackName,
} from "./reserveName.ts";

/** The name and notes of a device. An empty text removes the value. */
export const deviceDescription = z.object({
  name: z.optional(z.union([z.literal(""), deviceName])),
  notes: z.optional(z.string().check(z.maxLength(deviceNotesCharsMax))),
});

interface Deps extends NameDeps {
  readonly devices: NameDeps["devices"] & Pick<Devices, "replace">;
}

/**
 * Changes a device's name or notes. Concurrent changes of the device are kept. Fails with
 * `already_exists` when the name is taken in its fleet, with `precondition_failed`, and with
 * `conflict` when the device is moved meanwhile.
 */
export const updateDevice = async (
  device: Device,
  { expected, ...change }: z.output<typeof deviceDescription> & { expected?: ExpectedVersions },
  deps: Deps,
): Promise<Device> => {
  let before = device;
  for (let tries = 1; ; tries += 1) {
    requireVersion(expected, versionOfRevision(before));
    try {
      return await updateOnce(before, change, deps);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "conflict") throw error;
      const row = await deps.devices.find(device.id);
      const isMoved = row?.fleet !== device.fleet;
      if (row === undefined || isMoved || row.revision === before.revision) throw error;
      if (tries === updateAttemptsMax) throw error;
      before = row;
    }
  }
};

const updateOnce = async (
  device: Device,
  { name, notes }: z.output<typeof deviceDescription>,
  deps: Deps,
): Promise<Device> => {
  const { id, fleet, name: oldName, notes: oldNotes, ...rest } = device;
  const old = await reservationOf(device, deps);
  const reservation = name ? await reserveName({ fleet, name, device: id }, deps) : undefined;
  const isSameHold = name === undefined || old?.token === reservation?.token;
  const changed = {
    id,
    fleet,
    ...rest,
    ...texts({ name: name ?? oldName, notes: notes ?? oldNotes }),
    updatedAt: new Date(deps.now()).toISOString(),
  };
  try {
    const written = await deps.devices.replace(changed, device);
    if (!isSameHold) await releaseName(old, deps);
    return written;
  } catch (error) {
    await rollBackName(reservation, error, deps);
    throw error;
  }
};

const texts = (given: { name: string | undefined; notes: string | undefined }) => ({
  ...(given.name && { name: given.name }),
  ...(given.notes && { notes: given.notes }),
});

/** A change of a device. */
export const deviceChange = z.object({
  ...deviceDescription.shape,
  signal: z.optional(flag),
  quarantined: z.optional(flag),
});

type DeviceChange = z.output<typeof deviceChange>;

/**
 * Checks that fields can be changed in one request. `signal` is a message to the device, which the
 * device may not confirm, so it goes alone. All other fields go together. Fails with
 * `invalid_request`, which names the fields.
 */
export const checkCombination = ({ signal, ...others }: DeviceChange): void => {
  const given = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (signal === undefined && given.length === 0) {
    throw new Failure("there is nothing to change: name, notes, signal or quarantined", {
      code: "invalid_request",
    });
  }
  if (signal === undefined || given.length === 0) return;
  throw new Failure(
    `signal cannot be combined with ${given.join(" and ")}: send a request for signal alone`,
    { code: "invalid_request" },
  );
};
