import { X509Certificate } from "node:crypto";
import * as z from "zod/mini";
import type { Accounts } from "../../account/accounts.ts";
import type { Product } from "../../account/product/product.ts";
import type { AuditIntent } from "../../audit/auditEntry.ts";
import type { AuditLog } from "../../audit/auditLog.ts";
import { stateOf } from "../../audit/auditState.ts";
import { newAuditId, recordChange } from "../../audit/recordChange.ts";
import { minuteMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import { type Device, type Devices, deviceName, newDeviceId } from "../device.ts";
import {
  type CertificateRecord,
  type CertificateStore,
  effectiveRecord,
  newCertificate,
} from "../registry/certificate.ts";
import { type NameDeps, releaseName, reserveName, rollBackName } from "../reserveName.ts";
import type { ClaimCertificate, ClaimCertificates } from "./claimCertificates.ts";
import { claimsPerMinuteMax } from "./limits.ts";

/**
 * The payload of the pre-provisioning hook.
 * https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html
 */
export const claimRequest = z.looseObject({
  claimCertificateId: z.string(),
  certificateId: z.string(),
  certificatePem: z.string(),
  clientId: z.string(),
  parameters: z.looseObject({ SerialNumber: deviceName }),
});

type ClaimRequest = z.output<typeof claimRequest>;

interface Deps extends NameDeps {
  readonly accounts: Pick<Accounts, "findProduct">;
  readonly claims: Pick<ClaimCertificates, "find" | "count">;
  readonly devices: Pick<Devices, "find" | "findByName" | "add">;
  readonly certificates: Pick<CertificateStore, "find" | "put" | "planDeadline" | "addPending">;
  readonly audit: Pick<AuditLog, "begin" | "end">;
  readonly regions: readonly string[];
  readonly certificateDays?: number | undefined;
}

/**
 * Decides whether a device may provision itself with a claim certificate, and creates its row in
 * the product's fleet. The serial number becomes the device's name, which is unique there. A
 * repeated request with the same key, after a lost response, gets the same device. Another key for
 * a serial number that is taken is refused. Fails with a `Failure` that has the reason.
 *
 * Every region gets a realignment of its registry with the new record, including this one: IoT Core
 * creates the thing after this function, and may fail.
 */
export const admitByClaim = async (request: ClaimRequest, deps: Deps): Promise<Device> => {
  const { claimCertificateId, parameters } = request;
  const claim = await deps.claims.find(claimCertificateId);
  if (claim === undefined || claim.endedAt !== undefined) {
    throw refused("the claim certificate is not valid");
  }
  await checkRate(claim, deps);
  const { SerialNumber: serial } = parameters;
  const { prefix = "" } = claim;
  if (!serial.toLowerCase().startsWith(prefix.toLowerCase())) {
    throw refused(`the serial number does not begin with ${prefix}`);
  }
  // Before the owner is read: a device that is older than a transfer belongs to the new owner.
  const createdAt = new Date(deps.now()).toISOString();
  const product = await deps.accounts.findProduct(claim.product);
  if (product === undefined) throw refused("the product was removed");
  const known = await findNamed(product.fleet, serial, deps);
  if (known !== undefined) return renew(known, request, deps);
  return makeRecorded(serial, { product, createdAt, request }, deps);
};

/**
 * The device that has a name in a fleet. The index of devices may be outdated: it may not have the
 * device of a request a moment ago, and still has one that was moved or renamed.
 */
const findNamed = async (fleet: string, name: string, deps: Deps): Promise<Device | undefined> => {
  const { devices, deviceNames } = deps;
  const reserved = (await deviceNames.find(fleet, name))?.device;
  const indexed = (await devices.findByName(fleet, name))?.id;
  for (const id of new Set([reserved, indexed])) {
    const device = id === undefined ? undefined : await devices.find(id);
    const isNamed = device?.name?.toLowerCase() === name.toLowerCase();
    if (device?.fleet === fleet && isNamed) return device;
  }
  return undefined;
};

const checkRate = async ({ id }: ClaimCertificate, { claims, now }: Deps): Promise<void> => {
  const used = await claims.count(id, Math.floor(now() / minuteMs));
  if (used <= claimsPerMinuteMax) return;
  throw new Failure("the claim certificate is used too often; try again in a minute", {
    code: "too_many_requests",
  });
};

/** Adds the device with its entry in the audit log of the product. */
const makeRecorded = (
  serial: string,
  about: { product: Product; createdAt: string; request: ClaimRequest },
  deps: Deps,
): Promise<Device> => {
  const intent: AuditIntent = {
    id: newAuditId(),
    fleet: about.product.fleet,
    at: deps.now(),
    actor: { kind: "device", name: serial },
    action: "device.create",
    subject: { kind: "device", name: serial },
  };
  const describe = async (device: Device) => {
    const after = stateOf(device);
    return { subject: { ...intent.subject, id: device.id }, ...(after && { after }) };
  };
  const { audit: log, onError } = deps;
  return recordChange(intent, () => make(serial, about, deps), describe, { log, onError });
};

const make = async (
  serial: string,
  { product, createdAt, request }: { product: Product; createdAt: string; request: ClaimRequest },
  deps: Deps,
): Promise<Device> => {
  const { fleet, owner, id: productId } = product;
  const id = newDeviceId();
  const reservation = await reserveName({ fleet, name: serial, device: id }, deps);
  const device = { id, fleet, owner, name: serial, product: productId, createdAt };
  try {
    await record({ device: id, revision: 1 }, request, deps);
  } catch (error) {
    await releaseName(reservation, deps);
    throw error;
  }
  try {
    await deps.devices.add(device);
  } catch (error) {
    // The row may have been written: then a repeated request finds the device by the reservation.
    await rollBackName(reservation, error, deps);
    throw error;
  }
  await blockIfRemoved(device, productId, deps);
  return device;
};

/**
 * Blocks a new device if its product was removed concurrently: the removal may have listed the
 * devices before. Fails with `refused`.
 */
const blockIfRemoved = async (
  { id: device }: Device,
  product: number,
  { accounts, certificates, regions, now }: Deps,
): Promise<void> => {
  if ((await accounts.findProduct(product)) !== undefined) return;
  const revision = 2;
  await certificates.addPending({ device, revision, cut: true, since: now() }, regions);
  await certificates.put({ device, revision, revokedAt: now() });
  throw refused("the product was removed");
};

/** Adds a realignment for every region, then writes the record with the new certificate. */
const record = async (
  before: CertificateRecord,
  { certificatePem }: ClaimRequest,
  { certificates, certificateDays: days, regions, now }: Deps,
): Promise<void> => {
  const { device, revision } = before;
  const current = newCertificate(certificatePem, { now: now(), days });
  if (current.expiresAt !== undefined) {
    await certificates.planDeadline({ device, at: current.expiresAt });
  }
  await certificates.addPending({ device, revision, cut: false, since: now() }, regions);
  await certificates.put({ ...before, current });
};

/** Repeats the response to a device that has requested it before and may not have received it. */
const renew = async (device: Device, request: ClaimRequest, deps: Deps): Promise<Device> => {
  const stored = await deps.certificates.find(device.id);
  const known = stored && effectiveRecord(stored, deps.now());
  if (known?.current === undefined || known.quarantinedAt !== undefined || known.givenUp) {
    throw refused("the device of this serial number is blocked");
  }
  if (!isSameKey(known.current.pem, request.certificatePem)) {
    throw refused("there is a device with this serial number and another key");
  }
  await record({ ...known, revision: known.revision + 1 }, request, deps);
  return device;
};

const isSameKey = (one: string, other: string): boolean =>
  new X509Certificate(one).publicKey.equals(new X509Certificate(other).publicKey);

const refused = (why: string): Failure => new Failure(why, { code: "refused" });
