import * as z from "zod";
import { deviceNotesCharsMax } from "../limits.ts";
import type { Devices } from "../ports.ts";
import { checkName } from "./addDevice.ts";
import { type Device, deviceName } from "./device.ts";

/** What an owner may say of a device. An empty text takes it away again. */
export const description = z.object({
  name: z.optional(z.union([z.literal(""), deviceName])),
  notes: z.string().max(deviceNotesCharsMax).optional(),
});

/** Changes a device's name or notes. Fails with `already_exists` when the name is taken in its fleet. */
export const describeDevice = async (
  device: Device,
  { name, notes }: z.output<typeof description>,
  { devices, now }: { devices: Devices; now: () => number },
): Promise<Device> => {
  if (name) await checkName(device.fleet, name, { devices, id: device.id });
  const { name: oldName, notes: oldNotes, ...rest } = device;
  const changed = {
    ...rest,
    ...texts({ name: name ?? oldName, notes: notes ?? oldNotes }),
    updatedAt: new Date(now()).toISOString(),
  };
  return devices.replace(changed, device);
};

const texts = (given: { name: string | undefined; notes: string | undefined }) => ({
  ...(given.name && { name: given.name }),
  ...(given.notes && { notes: given.notes }),
});
