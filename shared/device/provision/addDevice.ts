import * as z from "zod/mini";
import type { Caller } from "../../account/caller/authenticateCaller.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { type Device, type Devices, deviceName, newDeviceId } from "../device.ts";
import { checkCapacity } from "../fleetCapacity.ts";
import { type CertificateStore, newCertificate } from "../registry/certificate.ts";
import { signingRequest } from "../registry/checkSigningRequest.ts";
import type { Credentials, Provisioning, Registries } from "../registry/registry.ts";
import { type NameDeps, releaseName, reserveName, rollBackName } from "../reserveName.ts";
import { type Endpoint, findEndpoints } from "./endpoints.ts";

/**
 * A new device. With `csr`, a certificate signing request in PEM, the private key never leaves the
 * device.
 */
export const deviceInput = z.object({
  name: z.optional(deviceName),
  csr: z.optional(signingRequest),
});

/** The fleet and owner of a new device. */
export interface Whose {
  readonly fleet: string;
  readonly owner: string;
  readonly product?: number;
  /** Its id, if a crashed request has started to provision it. */
  readonly id?: string;
  /**
   * Reserves capacity for one device of a user's fleet; fails with `limit_reached`. Default: counts
   * the fleet's devices.
   */
  readonly reserveCapacity?: () => Promise<void>;
}

/** A device with its credentials and endpoints. */
export interface ProvisionedDevice extends Device, Credentials {
  /** The validity of a certificate that expires, in milliseconds since 1970. */
  readonly issuedAt?: number;
  readonly expiresAt?: number;
  /** The first of the endpoints. */
  readonly endpoint: string;
  /** The endpoints of all regions: this region's first. */
  readonly endpoints: readonly Endpoint[];
}

/** The dependencies of `addDevice`. */
export interface AddDeviceDeps extends NameDeps {
  readonly devices: Pick<Devices, "list" | "find" | "findByName" | "add">;
  readonly registries: Registries;
  readonly provisioning: Pick<Provisioning, "addPending" | "endpoint">;
  readonly certificates: Pick<CertificateStore, "find" | "put" | "planDeadline">;
  /** The validity of its certificate in days; absent, it does not expire. */
  readonly certificateDays?: number | undefined;
}

/**
 * Provisions a device: the thing, the certificate and the policy in every region, and the row. A
 * region that cannot be reached gets pending work. The result has the private key, which is not
 * stored. Fails with `already_exists` (the name is taken) and `limit_reached`. A crash leaves at
 * most a thing without a row, whose key no one has.
 */
export const addDevice = async (
  { name, csr }: z.output<typeof deviceInput>,
  { fleet, owner, product, id = newDeviceId(), reserveCapacity }: Whose,
  deps: AddDeviceDeps,
): Promise<ProvisionedDevice> => {
  const { devices, now } = deps;
  // The size of a product's fleet is unlimited. A user's fleet is listed completely, so its size is
  // limited.
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

/** Creates the thing and the certificate in every region. */
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

/** Records the first certificate of a device, and returns its validity. */
const recordCertificate = async (
  device: string,
  pem: string,
  { certificates, certificateDays: days, now }: AddDeviceDeps,
): Promise<Pick<ProvisionedDevice, "issuedAt" | "expiresAt">> => {
  const current = newCertificate(pem, { now: now(), days });
  const { issuedAt, expiresAt } = current;
  if (expiresAt !== undefined) await certificates.planDeadline({ device, at: expiresAt });
  // A crashed request may have recorded a certificate without returning its key.
  const before = await certificates.find(device);
  await certificates.put({ device, revision: (before?.revision ?? 0) + 1, current });
  return expiresAt === undefined ? {} : { issuedAt, expiresAt };
};

/** Registers a new device in the other regions, or adds pending work for them. */
const admitElsewhere = async (
  { id, fleet, certificate }: { id: string; fleet: string; certificate: string },
  { registries: [, ...others], provisioning, now, onError }: AddDeviceDeps,
): Promise<void> => {
  const admitted = others.map(async ({ region, admit }): Promise<string[]> => {
    try {
      await admit(id, fleet, certificate);
      return [];
    } catch (error) {
      onError(`registering a device in ${region} failed`, error);
      return [region];
    }
  });
  const missing = (await Promise.all(admitted)).flat();
  if (missing.length === 0) return;
  await provisioning.addPending({ device: id, fleet, since: now() }, missing);
};

/**
 * Fleet, owner and product of a device that a caller provisions. A device that is provisioned in a
 * product belongs to the product's owner, also if a team member or an API user provisions it. Its
 * removal from the product returns it to that owner.
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
