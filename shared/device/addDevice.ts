import * as z from "zod";
import { Failure } from "../failure.ts";
import { devicesPerFleetListedMax, signingRequestBytesMax } from "../limits.ts";
import type { Credentials, Devices, Provisioning, Registries } from "../ports.ts";
import { type Device, deviceName, newDeviceId } from "./device.ts";
import { type Endpoint, findEndpoints } from "./findEndpoints.ts";

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
  /** The first of the endpoints. */
  readonly endpoint: string;
  /** Those of all regions: this region's first. */
  readonly endpoints: readonly Endpoint[];
}

interface Needs {
  readonly devices: Devices;
  readonly registries: Registries;
  readonly provisioning: Pick<Provisioning, "keepCertificate" | "owe" | "endpoint">;
  readonly now: () => number;
  /** Another region could not be told; it learns it when it is back. */
  readonly onSetback: (what: string, error: unknown) => void;
}

/**
 * Provisions a device: a thing, a certificate and the policy, in every region, and its row. A region that cannot be
 * reached is owed it. The private key is in the answer and is kept nowhere. Fails with `already_exists` (the name is
 * taken) and `limit_reached`. When it dies on the way, what is left is a thing without a row: nobody has its key.
 */
export const addDevice = async (
  { name, csr }: z.output<typeof deviceInput>,
  { fleet, owner, product }: Whose,
  needs: Needs,
): Promise<ProvisionedDevice> => {
  const { devices, registries, provisioning, now } = needs;
  // A product's fleet may grow; a user's own is listed whole.
  if (product === undefined) await checkRoom(fleet, { devices });
  if (name !== undefined) await checkName(fleet, name, { devices });
  const endpoints = await findEndpoints(registries, needs);
  const id = newDeviceId();
  const credentials = await registries[0].provision(id, fleet, csr);
  await provisioning.keepCertificate(id, credentials.certificate);
  await admitElsewhere({ id, fleet, certificate: credentials.certificate }, needs);
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
  return { ...device, ...credentials, endpoint: endpoints[0].mqtt, endpoints };
};

/** Lets a new device into the other regions, or writes down that they are owed it. */
const admitElsewhere = async (
  { id, fleet, certificate }: { id: string; fleet: string; certificate: string },
  { registries: [, ...others], provisioning, now, onSetback }: Needs,
): Promise<void> => {
  const admitted = others.map(async ({ region, admit }): Promise<string[]> => {
    try {
      await admit(id, fleet, certificate);
      return [];
    } catch (error) {
      onSetback(`a device is not in ${region} yet`, error);
      return [region];
    }
  });
  const missing = (await Promise.all(admitted)).flat();
  if (missing.length === 0) return;
  await provisioning.owe({ device: id, fleet, since: now() }, missing);
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
