import * as z from "zod/mini";
import { flag } from "../input/flag.ts";
import { validationFailure } from "../input/readInput.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { Failure } from "../platform/failure.ts";
import { type ExpectedVersions, requireVersion, versionOfRevision } from "../platform/version.ts";
import { type Device, type Devices, deviceName, withoutProductSettings } from "./device.ts";
import { editGroups } from "./group/editGroups.ts";
import { groupName } from "./group/group.ts";
import { groupsPerDeviceMax } from "./group/limits.ts";
import {
  buildTargetCharsMax,
  deviceNotesCharsMax,
  firmwareVersionMax,
  updateAttemptsMax,
} from "./limits.ts";
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

/** The settings of a device in its product. */
export const productSettings = z.object({
  /** All groups of the device. Unknown ones are created. */
  groups: z.optional(z.array(groupName).check(z.maxLength(groupsPerDeviceMax))),
  /** A development device: no release changes its firmware. */
  development: z.optional(flag),
  /** The firmware version that the device is locked to; `null` unlocks it. */
  desired_firmware_version: z.optional(z.nullable(wholeNumber(1, firmwareVersionMax))),
  /** Install the version of the lock now. */
  flash: z.optional(flag),
  /** Install the version that is released for the device now, as particle-cli's flash asks for. */
  latest: z.optional(flag),
  /**
   * Particle's clients send it in place of `latest`: the Device OS to compile for. Images are
   * compiled already.
   */
  build_target_version: z.optional(z.string().check(z.maxLength(buildTargetCharsMax))),
  /** An image or a source file, which cannot be installed. */
  file: z.optional(z.string()),
});

/** The fields that start an installation, and are no part of the row of a device. */
const flashFields = ["flash", "latest", "build_target_version", "file"] as const;

/** A change of the row of a device. */
export type RowChange = z.output<typeof deviceDescription> &
  Omit<z.output<typeof productSettings>, (typeof flashFields)[number]>;

interface Deps extends NameDeps {
  readonly devices: NameDeps["devices"] & Pick<Devices, "replace">;
}

/**
 * Changes a device's name, its notes, or its settings in its product, all in one write. Concurrent
 * changes of the device are kept. Fails with `already_exists` when the name is taken in its fleet,
 * with `precondition_failed`, and with `conflict` when the device is moved meanwhile.
 */
export const updateDevice = async (
  device: Device,
  { expected, ...change }: RowChange & { expected?: ExpectedVersions },
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
  { name, notes, ...settings }: RowChange,
  deps: Deps,
): Promise<Device> => {
  const { id, fleet, name: oldName, notes: oldNotes, ...rest } = withoutProductSettings(device);
  const old = await reservationOf(device, deps);
  const reservation = name ? await reserveName({ fleet, name, device: id }, deps) : undefined;
  const isSameHold = name === undefined || old?.token === reservation?.token;
  const changed = {
    id,
    fleet,
    ...rest,
    ...texts({ name: name ?? oldName, notes: notes ?? oldNotes }),
    ...settingsAfter(device, settings),
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

/** The settings of a device in its product after a change. */
const settingsAfter = (
  device: Device,
  {
    groups: set,
    development = device.development,
    desired_firmware_version: desired = device.desiredFirmware,
  }: Omit<RowChange, "name" | "notes">,
): Pick<Device, "groups" | "development" | "desiredFirmware"> => {
  const groups = set === undefined ? (device.groups ?? []) : editGroups(device, { set });
  return {
    ...(groups.length > 0 && { groups }),
    ...(development && { development }),
    ...(typeof desired === "number" && { desiredFirmware: desired }),
  };
};

/** A change of a device. */
export const deviceChange = z.object({
  ...deviceDescription.shape,
  ...productSettings.shape,
  signal: z.optional(flag),
  quarantined: z.optional(flag),
});

export type DeviceChange = z.output<typeof deviceChange>;

/**
 * Checks that fields can be changed in one request. `signal` is a message to the device, which the
 * device may not confirm, so it goes alone. All other fields go together; those of a product only
 * for a device of a product. Fails with `invalid_request`, which names the fields.
 */
export const checkCombination = (
  { signal, ...others }: DeviceChange,
  { isInProduct }: { isInProduct: boolean },
): void => {
  const given = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (signal === undefined && given.length === 0) {
    throw new Failure(`there is nothing to change: ${changeable(isInProduct).join(", ")}`, {
      code: "invalid_request",
    });
  }
  if (others.file !== undefined) {
    throw validationFailure([
      "file: a file cannot be installed on a device: upload it as a firmware version of the product, and use desired_firmware_version and flash",
    ]);
  }
  const ofProduct = given.filter((name) => Object.hasOwn(productSettings.shape, name));
  if (!isInProduct && ofProduct.length > 0) {
    throw validationFailure(
      ofProduct.map(
        (name) => `${name}: is a setting in a product: use /v1/products/{product}/devices/{device}`,
      ),
    );
  }
  if (others.flash && typeof others.desired_firmware_version !== "number") {
    throw validationFailure(["flash: needs desired_firmware_version, the version to install"]);
  }
  if (asksForLatest(others) && others.desired_firmware_version !== undefined) {
    const name = others.latest ? "latest" : "build_target_version";
    throw validationFailure([
      `${name}: cannot be combined with desired_firmware_version: use flash`,
    ]);
  }
  if (signal === undefined || given.length === 0) return;
  throw new Failure(
    `signal cannot be combined with ${given.join(" and ")}: send a request for signal alone`,
    { code: "invalid_request" },
  );
};

/** Whether a request installs the version that is released for the device. */
export const asksForLatest = ({
  latest = false,
  build_target_version: target,
}: Pick<DeviceChange, "latest" | "build_target_version">): boolean =>
  latest || target !== undefined;

const changeable = (isInProduct: boolean): string[] =>
  Object.keys(deviceChange.shape).filter(
    (name) => name !== "file" && (isInProduct || !Object.hasOwn(productSettings.shape, name)),
  );
