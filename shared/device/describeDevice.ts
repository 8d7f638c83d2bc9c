import * as z from "zod";
import { Failure } from "../platform/failure.ts";
import { type Device, deviceName } from "./device.ts";
import type { Devices } from "./devices.ts";
import { describeTriesMax, deviceNotesCharsMax } from "./limits.ts";
import { freeName, giveBackName, holdOf, type NameDeps, takeName } from "./takeName.ts";

/** What an owner may say of a device. An empty text takes it away again. */
export const description = z.object({
  name: z.optional(z.union([z.literal(""), deviceName])),
  notes: z.string().max(deviceNotesCharsMax).optional(),
});

interface Deps extends NameDeps {
  readonly devices: NameDeps["devices"] & Pick<Devices, "replace">;
}

/**
 * Changes a device's name or notes. Other changes of the device at the same time are kept. Fails with `already_exists` when
 * the name is taken in its fleet, and with `conflict` when the device is moved meanwhile.
 */
export const describeDevice = async (
  device: Device,
  change: z.output<typeof description>,
  deps: Deps,
): Promise<Device> => {
  let before = device;
  for (let tries = 1; ; tries += 1) {
    try {
      return await describeOnce(before, change, deps);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "conflict") throw error;
      const row = await deps.devices.find(device.id);
      const isMoved = row?.fleet !== device.fleet;
      if (row === undefined || isMoved || row.revision === before.revision) throw error;
      if (tries === describeTriesMax) throw error;
      before = row;
    }
  }
};

const describeOnce = async (
  device: Device,
  { name, notes }: z.output<typeof description>,
  deps: Deps,
): Promise<Device> => {
  const { id, fleet, name: oldName, notes: oldNotes, ...rest } = device;
  const old = await holdOf(device, deps);
  const hold = name ? await takeName({ fleet, name, device: id }, deps) : undefined;
  const isSameHold = name === undefined || old?.token === hold?.token;
  const changed = {
    id,
    fleet,
    ...rest,
    ...texts({ name: name ?? oldName, notes: notes ?? oldNotes }),
    updatedAt: new Date(deps.now()).toISOString(),
  };
  try {
    const written = await deps.devices.replace(changed, device);
    if (!isSameHold) await freeName(old, deps);
    return written;
  } catch (error) {
    await giveBackName(hold, error, deps);
    throw error;
  }
};

const texts = (given: { name: string | undefined; notes: string | undefined }) => ({
  ...(given.name && { name: given.name }),
  ...(given.notes && { notes: given.notes }),
});
