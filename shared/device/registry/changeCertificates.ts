import { Failure } from "../../platform/failure.ts";
import type { Device, Devices } from "../device.ts";
import type { DeviceLink } from "../deviceLink.ts";
import {
  type CertificateRecord,
  type CertificateStore,
  deadlinesOf,
  desiredCertificates,
  effectiveRecord,
} from "./certificate.ts";
import type { Registries } from "./registry.ts";

/** The dependencies of `changeCertificates`. */
export interface CertificateDeps {
  readonly certificates: CertificateStore;
  readonly devices: Pick<Devices, "find">;
  readonly registries: Registries<"align">;
  /** One for each region. */
  readonly links: readonly Pick<DeviceLink, "region" | "disconnect">[];
  readonly now: () => number;
  /** A region could not be updated; its pending work repeats it. */
  readonly onError: (what: string, error: unknown) => void;
}

/** A change of a device's certificates, and the regions that have not applied it yet. */
export interface CertificateChange {
  readonly record: CertificateRecord;
  /**
   * Regions that could not be reached. Each applies the change within about a minute of its return.
   */
  readonly pending: readonly string[];
}

/**
 * Changes the certificates of a device in every region. The order makes a crash at any point safe:
 * 1. Add a realignment for each region.
 * 2. Write the record, with a condition on its revision.
 * 3. Update the registries and, with `cut`, close every open connection.
 *
 * Fails with `conflict` if another request has changed the record meanwhile, and with `not_found`
 * if the device never had a recorded certificate.
 */
export const changeCertificates = async (
  device: Pick<Device, "id">,
  change: (record: CertificateRecord) => CertificateRecord,
  { cut }: { cut: boolean },
  deps: CertificateDeps,
): Promise<CertificateChange> => {
  const { registries } = deps;
  const regions = registries.map(({ region }) => region);
  const { record, isCut } = await writeChange(device, change, { cut, regions }, deps);
  const updated = registries.map(async ({ region, align }): Promise<string[]> => {
    try {
      await alignRegion(device.id, { align, cut: isCut, link: linkOf(region, deps) }, deps);
      return [];
    } catch (error) {
      deps.onError(`aligning a device's certificates in ${region} failed`, error);
      return [region];
    }
  });
  return { record, pending: (await Promise.all(updated)).flat() };
};

/**
 * Writes a change of the record. Every region applies it within about a minute. An overlap that has
 * already ended closes connections at once, because a deadline that has passed is not planned.
 */
const writeChange = async (
  device: Pick<Device, "id">,
  change: (record: CertificateRecord) => CertificateRecord,
  { cut, regions }: { cut: boolean; regions: readonly string[] },
  { certificates, now }: Pick<CertificateDeps, "certificates" | "now">,
): Promise<{ record: CertificateRecord; isCut: boolean }> => {
  const before = await certificates.find(device.id);
  if (before === undefined) {
    throw new Failure("The device has no recorded certificate: provision it again.", {
      code: "not_found",
    });
  }
  const at = now();
  const changed = change(effectiveRecord(before, at));
  const record = { ...changed, revision: before.revision + 1 };
  const isCut = cut || (record.next !== undefined && record.next.overlapUntil <= at);
  const realignment = { device: device.id, revision: record.revision, cut: isCut, since: at };
  await certificates.addPending(realignment, regions);
  for (const deadline of deadlinesOf(record)) {
    if (deadline > at) await certificates.planDeadline({ device: device.id, at: deadline });
  }
  await certificates.put(record);
  return { record, isCut };
};

const linkOf = (region: string, { links }: CertificateDeps) =>
  links.find((link) => link.region === region);

interface RegionPart {
  readonly align: Registries<"align">[0]["align"];
  readonly link: Pick<DeviceLink, "disconnect"> | undefined;
  readonly cut: boolean;
}

/**
 * Aligns one region with the current record and row of a device. Repeats if they change meanwhile,
 * so that the state of the last writer remains.
 */
export const alignRegion = async (
  id: string,
  { align, link, cut }: RegionPart,
  { certificates, devices, now }: Pick<CertificateDeps, "certificates" | "devices" | "now">,
): Promise<void> => {
  for (;;) {
    const [device, record] = await Promise.all([devices.find(id), certificates.find(id)]);
    if (device === undefined || record === undefined) return;
    const desired = desiredCertificates(record, now());
    const isMoved = await align(id, device.fleet, desired);
    const isBlocked = desired.isSuspended || desired.certificates.length === 0;
    if (cut || isMoved || isBlocked) await link?.disconnect(id);
    const after = await certificates.find(id);
    if (after?.revision === record.revision) return;
  }
};

/**
 * Revokes every certificate of a device in every region, and closes its connections. The device
 * stays in its fleet and can connect again with a new certificate. Idempotent. Fails as
 * `changeCertificates` does.
 */
export const revokeCertificates = (
  device: Device,
  deps: CertificateDeps,
): Promise<CertificateChange> =>
  changeCertificates(device, (record) => revoked(record, deps.now()), { cut: true }, deps);

const revoked = (
  { current: _, next: __, ...record }: CertificateRecord,
  now: number,
): CertificateRecord => ({ ...record, revokedAt: record.revokedAt ?? now });

/**
 * Puts a device into quarantine, or releases it. In quarantine it stays in its fleet, keeps its
 * certificate, and cannot connect in any region. May be repeated. Fails as `changeCertificates`
 * does.
 */
export const quarantineDevice = (
  device: Device,
  isQuarantined: boolean,
  deps: CertificateDeps,
): Promise<CertificateChange> => {
  const change = ({ quarantinedAt, ...record }: CertificateRecord): CertificateRecord => ({
    ...record,
    ...(isQuarantined && { quarantinedAt: quarantinedAt ?? deps.now() }),
  });
  return changeCertificates(device, change, { cut: isQuarantined }, deps);
};
