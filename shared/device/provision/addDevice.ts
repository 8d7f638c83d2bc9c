import * as z from "zod";
import type { Caller } from "../../account/caller/authenticateCaller.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { type Device, type Devices, deviceName, newDeviceId } from "../device.ts";
import { checkCapacity } from "../fleetCapacity.ts";
import { type CertificateStore, newCertificate } from "../registry/certificate.ts";
import { signingRequest } from "../registry/checkSigningRequest.ts";
import type { Credentials, Provisioning, Registries } from "../registry/registry.ts";
import { type NameDeps, releaseName, reserveName, rollBackName } from "../reserveName.ts";
import { type Endpoint, findEndpoints } from "./endpoints.ts";

/** A new device. With `csr`, a certificate signing request in PEM, its private key never leaves it. */
export const deviceInput = z.object({
  name: z.optional(deviceName),
  csr: signingRequest.optional(),
});

/** Whose a device becomes. */
export interface Whose {
  readonly fleet: string;
  readonly owner: string;
  readonly product?: number;
  /** Its id, where a request that died has begun to make it. */
  readonly id?: string;
  /** Takes room for one device of a user's fleet; fails with `limit_reached`. Default: counts the fleet's devices. */
  readonly reserveCapacity?: () => Promise<void>;
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

/** What adding a device needs. */
export interface AddDeviceDeps extends NameDeps {
  readonly devices: Pick<Devices, "list" | "find" | "findByName" | "add">;
  readonly registries: Registries;
  readonly provisioning: Pick<Provisioning, "addPending" | "endpoint">;
  readonly certificates: Pick<CertificateStore, "find" | "put" | "planDeadline">;
  /** How many days its certificate is valid; absent, it does not expire. */
  readonly certificateDays?: number | undefined;
}

/**
 * Provisions a device: a thing, a certificate and the policy, in every region, and its row. A region that cannot be
 * reached is owed it. The private key is in the answer and is kept nowhere. Fails with `already_exists` (the name is
 * taken) and `limit_reached`. When it dies on the way, what is left is a thing without a row: nobody has its key.
 */
export const addDevice = async (
  { name, csr }: z.output<typeof deviceInput>,
  { fleet, owner, product, id = newDeviceId(), reserveCapacity }: Whose,
  deps: AddDeviceDeps,
): Promise<ProvisionedDevice> => {
  const { devices, now } = deps;
  // A product's fleet may grow; a user's own is listed whole.
  if (product === undefined) {
    await (reserveCapacity === undefined ? checkCapacity(fleet, { devices }) : reserveCapacity());
  }
  const reservation =
    name === undefined ? undefined : await reserveName({ fleet, name, device: id }, deps);
  const createdAt = new Date(now()).toISOString();
  const device = {
    id,
    fleet,
    owner,
    createdAt,
    ...omitUndefined({ name, product }),
  };
  const made = await provision(device, csr, deps).catch(async (error: unknown) => {
    await releaseName(reservation, deps);
    throw error;
  });
  try {
    await devices.add(device);
  } catch (error) {
    await rollBackName(reservation, error, deps);
    throw error;
  }
  return { ...device, ...made };
};

/** Makes the thing and the certificate, in every region. */
const provision = async (
  { id, fleet }: Device,
  csr: string | undefined,
  deps: AddDeviceDeps,
): Promise<Omit<ProvisionedDevice, keyof Device>> => {
  const { registries } = deps;
  const endpoints = await findEndpoints(registries, deps);
  const credentials = await registries[0].provision(id, fleet, csr);
  const expiry = await recordCertificate(id, credentials.certificate, deps);
  await admitElsewhere({ id, fleet, certificate: credentials.certificate }, deps);
  return { ...credentials, ...expiry, endpoint: endpoints[0].mqtt, endpoints };
};

/** Records the first certificate of a device, and resolves to the times that the device has to know. */
const recordCertificate = async (
  device: string,
  pem: string,
  { certificates, certificateDays: days, now }: AddDeviceDeps,
): Promise<Pick<ProvisionedDevice, "issuedAt" | "expiresAt">> => {
  const current = newCertificate(pem, { now: now(), days });
  const { issuedAt, expiresAt } = current;
  if (expiresAt !== undefined) await certificates.planDeadline({ device, at: expiresAt });
  // A request that died may have recorded one, whose key nobody has.
  const before = await certificates.find(device);
  await certificates.put({ device, revision: (before?.revision ?? 0) + 1, current });
  return expiresAt === undefined ? {} : { issuedAt, expiresAt };
};

/** Lets a new device into the other regions, or writes down that they are owed it. */
const admitElsewhere = async (
  { id, fleet, certificate }: { id: string; fleet: string; certificate: string },
  { registries: [, ...others], provisioning, now, onError }: AddDeviceDeps,
): Promise<void> => {
  const admitted = others.map(async ({ region, admit }): Promise<string[]> => {
    try {
      await admit(id, fleet, certificate);
      return [];
    } catch (error) {
      onError(`a device is not in ${region} yet`, error);
      return [region];
    }
  });
  const missing = (await Promise.all(admitted)).flat();
  if (missing.length === 0) return;
  await provisioning.addPending({ device: id, fleet, since: now() }, missing);
};

/**
 * Fleet, owner and product of a device that a caller provisions. A device that is provisioned in a product belongs to the
 * product's owner, also when a team member or a program provisions it: its removal from the product gives it back to that owner.
 */
export const newDeviceOwner = ({
  username,
  fleet,
  product,
}: Pick<Caller, "username" | "fleet" | "product">) => ({
  fleet,
  owner: product?.owner ?? username,
  ...(product && { product: product.id }),
});
