import * as z from "zod";
import { Failure } from "../failure.ts";
import { devicesPerFleetListedMax } from "../limits.ts";
import type { Credentials, Devices, Provisioning, Registries } from "../ports.ts";
import { newCertificate } from "./certificate.ts";
import type { CertificateStore } from "./certificateStore.ts";
import { type Device, deviceName, newDeviceId } from "./device.ts";
import { type Endpoint, findEndpoints } from "./findEndpoints.ts";
import { signingRequest } from "./signingRequest.ts";

/** A new device. With `csr`, a certificate signing request in PEM, its private key never leaves it. */
export const deviceInput = z.object({
  name: z.optional(deviceName),
  csr: signingRequest.optional(),
});

/** Whose a device becomes. */
interface Whose {
  readonly fleet: string;
  readonly owner: string;
  readonly product?: number;
}

/** A device with what proves who it is, and where it connects. */
export interface ProvisionedDevice extends Device, Credentials {
  /** From when until when the certificate is valid, if it expires; milliseconds since 1970. */
  readonly issuedAt?: number;
  readonly expiresAt?: number;
  /** The first of the endpoints. */
  readonly endpoint: string;
  /** Those of all regions: this region's first. */
  readonly endpoints: readonly Endpoint[];
}

interface Needs {
  readonly devices: Devices;
  readonly registries: Registries;
  readonly provisioning: Pick<Provisioning, "owe" | "endpoint">;
  readonly certificates: Pick<CertificateStore, "put" | "plan">;
  /** How many days its certificate is valid; absent, it does not expire. */
  readonly certificateDays?: number | undefined;
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
  const { devices, registries, now } = needs;
  // A product's fleet may grow; a user's own is listed whole.
  if (product === undefined) await checkRoom(fleet, { devices });
  if (name !== undefined) await checkName(fleet, name, { devices });
  const endpoints = await findEndpoints(registries, needs);
  const id = newDeviceId();
  const credentials = await registries[0].provision(id, fleet, csr);
  const expiry = await recordCertificate(id, credentials.certificate, needs);
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
  return { ...device, ...credentials, ...expiry, endpoint: endpoints[0].mqtt, endpoints };
};

/** Records the first certificate of a device, and resolves to the times that the device has to know. */
const recordCertificate = async (
  device: string,
  pem: string,
  { certificates, certificateDays: days, now }: Needs,
): Promise<Pick<ProvisionedDevice, "issuedAt" | "expiresAt">> => {
  const current = newCertificate(pem, { now: now(), days });
  const { issuedAt, expiresAt } = current;
  if (expiresAt !== undefined) await certificates.plan({ device, at: expiresAt });
  await certificates.put({ device, revision: 1, current });
  return expiresAt === undefined ? {} : { issuedAt, expiresAt };
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
