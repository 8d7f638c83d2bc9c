import { createHash } from "node:crypto";
import * as z from "zod";
import { Failure } from "../failure.ts";
import { overlapHoursDefault, overlapHoursMax } from "../limits.ts";
import type { Credentials, Registries } from "../ports.ts";
import {
  admissionOf,
  type CertificateRecord,
  type DeviceCertificate,
  newCertificate,
  promoted,
  recordAt,
} from "./certificate.ts";
import {
  type CertificateChange,
  type CertificateDeps,
  changeCertificates,
  writeChange,
} from "./changeCertificates.ts";
import type { Device } from "./device.ts";
import { signingRequest } from "./signingRequest.ts";

/** How a certificate is replaced. Without `csr` the cloud makes the key. */
export const rotation = z.object({
  csr: signingRequest.optional(),
  /** How long the old certificate stays valid if the new one is not used earlier. 0: it ends at once. */
  overlap_hours: z.number().min(0).max(overlapHoursMax).default(overlapHoursDefault),
});

/** What a rotation uses. */
export interface RotationDeps extends CertificateDeps {
  readonly registries: Registries<"align" | "issue">;
  /** How many days a certificate is valid; absent, it does not expire. */
  readonly certificateDays: number | undefined;
}

/** A replaced certificate. The private key is in it when the cloud made the key, and is kept nowhere. */
export interface Rotated extends CertificateChange, Credentials {}

const hourMs = 3_600_000;

/**
 * Gives a device a new certificate. Both are valid until the device connects with the new one, the change is confirmed, or the
 * overlap ends; then the old one is revoked. A successor that is still pending is replaced. Without a valid certificate the new one is
 * the only one at once. A crash on the way leaves the old one as it was. Fails as `changeCertificates` does, and with
 * `invalid_request` for a request that cannot be read.
 */
export const rotateCertificate = async (
  device: Device,
  { csr, overlap_hours: hours }: z.output<typeof rotation>,
  deps: RotationDeps,
): Promise<Rotated> => {
  const credentials = await deps.registries[0].issue(csr);
  const made = newCertificate(credentials.certificate, certificateTimes(deps));
  const overlapUntil = made.issuedAt + hours * hourMs;
  const change = (record: CertificateRecord) =>
    succeeded(record, { ...made, overlapUntil, ends: "old" });
  const changed = await changeCertificates(device, change, { cut: hours === 0 }, deps);
  return { ...changed, ...credentials };
};

/**
 * Signs the request of a device that renews its own certificate. The same request gets the same certificate again, so a
 * message may be repeated. If the device never connects with the new one, the new one ends with the overlap, not the old one:
 * the answer may have been lost.
 */
export const renewCertificate = async (
  device: Device,
  csr: string,
  deps: RotationDeps,
): Promise<DeviceCertificate> => {
  const request = createHash("sha256").update(csr).digest("hex");
  const record = await deps.certificates.find(device.id);
  const pending = record && recordAt(record, deps.now()).next;
  if (pending?.request === request) return pending;
  const { certificate } = await deps.registries[0].issue(csr);
  const made = newCertificate(certificate, certificateTimes(deps));
  const overlapUntil = made.issuedAt + overlapHoursDefault * hourMs;
  const change = (before: CertificateRecord) => {
    // The request may have waited while the device was shut out: it must not let itself in again.
    if (before.current === undefined || admissionOf(before, made.issuedAt).isSuspended) {
      throw new Failure("The device is shut out.", { code: "refused" });
    }
    return succeeded(before, { ...made, overlapUntil, ends: "new", request });
  };
  await changeCertificates(device, change, { cut: false }, deps);
  return made;
};

const certificateTimes = ({ now, certificateDays: days }: RotationDeps) => ({ now: now(), days });

const succeeded = (
  { revokedAt: _, ...record }: CertificateRecord,
  next: NonNullable<CertificateRecord["next"]>,
): CertificateRecord => {
  const both = { ...record, next };
  const isAtOnce = record.current === undefined || next.overlapUntil <= next.issuedAt;
  return isAtOnce ? promoted(both) : both;
};

/**
 * Ends the overlap now: the new certificate stays, the old one is revoked. Fails with `conflict` when no new one waits.
 */
export const confirmCertificate = (
  device: Device,
  deps: CertificateDeps,
): Promise<CertificateChange> =>
  changeCertificates(
    device,
    (record) => {
      if (record.next !== undefined) return promoted(record);
      throw new Failure("No new certificate waits to be confirmed: rotate the certificate first.", {
        code: "conflict",
      });
    },
    { cut: true },
    deps,
  );

/**
 * Ends the overlap when the device has connected with the new certificate; every region revokes the old one within about a
 * minute. Does nothing otherwise.
 */
export const noteCertificateUsed = async (
  device: Pick<Device, "id">,
  certificateId: string,
  deps: Pick<CertificateDeps, "certificates" | "now"> & { readonly regions: readonly string[] },
): Promise<void> => {
  const record = await deps.certificates.find(device.id);
  if (record?.next?.id !== certificateId) return;
  const change = (now: CertificateRecord) => (now.next?.id === certificateId ? promoted(now) : now);
  await writeChange(device, change, { cut: false, regions: deps.regions }, deps);
};
