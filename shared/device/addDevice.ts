import * as z from "zod";
import { Failure } from "../failure.ts";
import { devicesPerFleetListedMax, signingRequestBytesMax } from "../limits.ts";
import type { Credentials, Devices, Registry } from "../ports.ts";
import { type Device, deviceName, newDeviceId } from "./device.ts";

/** A new device. With `csr`, a certificate signing request in PEM, its private key never leaves it. */
export const deviceInput = z.object({
  name: z.optional(deviceName),
  csr: z
    .string()
    .max(signingRequestBytesMax)
    .refine((text) => text.includes("-----BEGIN"), "must be a PKCS#10 request in PEM")
    .optional(),
});

/** Whose a device becomes. */
interface Whose {
  readonly fleet: string;
  readonly owner: string;
  readonly product?: number;
}

/** A device with what proves who it is, and where it connects. */
export interface ProvisionedDevice extends Device, Credentials {
  readonly endpoint: string;
}

/**
 * Provisions a device: a thing, a certificate, the policy, and its row. The private key is in the answer and is
 * kept nowhere. Fails with `already_exists` (the name is taken) and `limit_reached`. When it dies on the way,
 * what is left is a thing without a row: nobody has its key.
 */
export const addDevice = async (
  { name, csr }: z.output<typeof deviceInput>,
  { fleet, owner, product }: Whose,
  { devices, registry, now }: { devices: Devices; registry: Registry; now: () => number },
): Promise<ProvisionedDevice> => {
  // A product's fleet may grow; a user's own is listed whole.
  if (product === undefined) await checkRoom(fleet, { devices });
  if (name !== undefined) await checkName(fleet, name, { devices });
  const endpoint = await registry.endpoint();
  const id = newDeviceId();
  const credentials = await registry.provision(id, fleet, csr);
  const createdAt = new Date(now()).toISOString();
  const device = {
    id,
    fleet,
    owner,
    createdAt,
    ...(name !== undefined && { name }),
    ...(product !== undefined && { product }),
  };
  await devices.add(device);
  return { ...device, ...credentials, endpoint };
};

/** Fails with `limit_reached` when a user's fleet is full. */
export const checkRoom = async (
  fleet: string,
  { devices }: { devices: Pick<Devices, "list"> },
): Promise<void> => {
  const existing = await devices.list(fleet, devicesPerFleetListedMax);
  if (existing.length < devicesPerFleetListedMax) return;
  throw new Failure(`a user has at most ${devicesPerFleetListedMax} devices outside of products`, {
    code: "limit_reached",
  });
};

/** Fails with `already_exists` when another device of the fleet has the name. */
export const checkName = async (
  fleet: string,
  name: string,
  { devices, id }: { devices: Pick<Devices, "findByName">; id?: string },
): Promise<void> => {
  const found = await devices.findByName(fleet, name);
  if (found === undefined || found.id === id) return;
  throw new Failure(`there is a device ${name} already`, { code: "already_exists" });
};
