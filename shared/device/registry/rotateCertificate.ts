import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { dayMs, hourMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import type { Device } from "../device.ts";
import {
  type CertificateRecord,
  type DeviceCertificate,
  desiredCertificates,
  effectiveRecord,
  newCertificate,
  promoteSuccessor,
} from "./certificate.ts";
import {
  type CertificateChange,
  type CertificateDeps,
  changeCertificates,
} from "./changeCertificates.ts";
import { signingRequest } from "./checkSigningRequest.ts";
import { overlapHoursDefault, overlapHoursMax, renewalsPerDayMax } from "./limits.ts";
import type { Credentials, Registries } from "./registry.ts";

/** The replacement of a certificate. Without `csr` the cloud generates the key. */
export const rotation = z.object({
  csr: z.optional(signingRequest),
  /**
   * The hours for which the old certificate stays valid, unless the new one is used earlier. 0: it
   * ends at once.
   */
  overlap_hours: z._default(
    z.number().check(z.minimum(0), z.maximum(overlapHoursMax)),
    overlapHoursDefault,
  ),
});

/** The dependencies of a rotation. */
export interface RotationDeps extends CertificateDeps {
  readonly registries: Registries<"align" | "issue">;
  /** The validity of a certificate in days; absent, it does not expire. */
  readonly certificateDays: number | undefined;
}

/**
 * A replaced certificate, with the private key if the cloud generated it; the key is not stored.
 */
export interface Rotated extends CertificateChange, Credentials {}

/**
 * Gives a device a new certificate. Both are valid until the device connects with the new one, the
 * change is confirmed, or the overlap ends; then the old one is revoked. A successor that is still
 * pending is replaced. Without a valid certificate the new one is the only one at once. A crash on
 * the way leaves the old one as it was. Fails as `changeCertificates` does, and with
 * `invalid_request` for a request that cannot be read.
 */
export const rotateCertificate = async (
  device: Device,
  { csr, overlap_hours: hours }: z.output<typeof rotation>,
  deps: RotationDeps,
): Promise<Rotated> => {
  const credentials = await deps.registries[0].issue(csr);
  const made = newCertificate(credentials.certificate, certificateTimes(deps));
  // The times of a record are whole numbers.
  const overlapUntil = made.issuedAt + Math.ceil(hours * hourMs);
  const change = (record: CertificateRecord) =>
    withSuccessor(record, { ...made, overlapUntil, ends: "old" });
  const changed = await changeCertificates(device, change, { cut: hours === 0 }, deps);
  return { ...changed, ...credentials };
};

/**
 * Signs the request of a device that renews its own certificate. The same request gets the same
 * certificate again while that is valid, so a message may be repeated. If the device never connects
 * with the new one, the new one ends with the overlap, not the old one: the answer may have been
 * lost. Fails with `refused` for a blocked device, with `conflict` while a rotation by the owner is
 * pending, with `too_many_requests` after `renewalsPerDayMax` within a day, with `invalid_request`,
 * and as `changeCertificates` does.
 */
export const renewCertificate = async (
  device: Device,
  csr: string,
  deps: RotationDeps,
): Promise<DeviceCertificate> => {
  const request = requestIdOf(csr);
  const record = await deps.certificates.find(device.id);
  if (record !== undefined) {
    const known = effectiveRecord(record, deps.now());
    const answered = [known.next, known.current].find((one) => one?.request === request);
    if (answered !== undefined) return answered;
    // Checked first, so that no unused certificate is created.
    checkRenewable(known, deps.now());
  }
  const { certificate } = await deps.registries[0].issue(csr);
  const made = newCertificate(certificate, certificateTimes(deps));
  const overlapUntil = made.issuedAt + overlapHoursDefault * hourMs;
  const change = (before: CertificateRecord) => {
    checkRenewable(before, made.issuedAt);
    const renewedAt = [...recentRenewals(before, made.issuedAt), made.issuedAt];
    return withSuccessor({ ...before, renewedAt }, { ...made, overlapUntil, ends: "new", request });
  };
  await changeCertificates(device, change, { cut: false }, deps);
  return made;
};

/** The id of a signing request (PEM): its SHA-256, in hex. */
export const requestIdOf = (csr: string): string => createHash("sha256").update(csr).digest("hex");

const recentRenewals = ({ renewedAt = [] }: CertificateRecord, now: number): number[] =>
  renewedAt.filter((at) => now - at < dayMs);

const checkRenewable = (record: CertificateRecord, now: number): void => {
  // The request may be older than the block: a blocked device must not renew its access.
  if (record.current === undefined || desiredCertificates(record, now).isSuspended) {
    throw new Failure("The device is blocked.", { code: "refused" });
  }
  // A stolen old key must not replace the pending certificate.
  if (record.next?.ends === "old") {
    const waitMs = Math.min(record.next.overlapUntil - now, hourMs);
    throw new Failure("A rotation by the owner of the device is pending.", {
      code: "conflict",
      retryAfterSeconds: Math.ceil(waitMs / 1_000),
    });
  }
  const [first = now, ...others] = recentRenewals(record, now);
  if (others.length + 1 < renewalsPerDayMax) return;
  throw new Failure(`A device gets at most ${renewalsPerDayMax} new certificates a day.`, {
    code: "too_many_requests",
    retryAfterSeconds: Math.ceil((first + dayMs - now) / 1_000),
  });
};

const certificateTimes = ({ now, certificateDays: days }: RotationDeps) => ({ now: now(), days });

const withSuccessor = (
  { revokedAt: _, ...record }: CertificateRecord,
  next: NonNullable<CertificateRecord["next"]>,
): CertificateRecord => {
  const both = { ...record, next };
  const isAtOnce = record.current === undefined || next.overlapUntil <= next.issuedAt;
  return isAtOnce ? promoteSuccessor(both) : both;
};

/**
 * Ends the overlap now: the new certificate stays, the old one is revoked. Fails with `conflict` if
 * no rotation is pending.
 */
export const confirmCertificate = (
  device: Device,
  deps: CertificateDeps,
): Promise<CertificateChange> =>
  changeCertificates(
    device,
    (record) => {
      if (record.next !== undefined) return promoteSuccessor(record);
      throw new Failure("No rotation is pending: rotate the certificate first.", {
        code: "conflict",
      });
    },
    { cut: true },
    deps,
  );

/**
 * Ends the overlap after the device has connected with the new certificate: the old one is revoked,
 * in a region that cannot be reached within about a minute of its return. Does nothing for another
 * certificate.
 */
export const recordCertificateUse = async (
  device: Pick<Device, "id">,
  certificateId: string,
  deps: CertificateDeps,
): Promise<void> => {
  const record = await deps.certificates.find(device.id);
  if (record?.next?.id !== certificateId) return;
  const change = (now: CertificateRecord) =>
    now.next?.id === certificateId ? promoteSuccessor(now) : now;
  await changeCertificates(device, change, { cut: false }, deps);
};
