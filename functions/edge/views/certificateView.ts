import {
  type CertificateRecord,
  type DeviceCertificate,
  effectiveRecord,
} from "#shared/device/registry/certificate.ts";
import type { CertificateChange } from "#shared/device/registry/changeCertificates.ts";
import type { Rotated } from "#shared/device/registry/rotateCertificate.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import type {
  CertificateChangeBody,
  CertificateRecordBody,
  RotatedBody,
} from "#shared/routes/certificateRoutes.ts";
import { isoTime } from "./deviceView.ts";

const certificateView = ({ id, issuedAt, expiresAt }: DeviceCertificate) => ({
  id,
  issued_at: isoTime(issuedAt),
  expires_at: isoTime(expiresAt),
});

type Status = NonNullable<CertificateRecordBody>["status"];

const statusOf = ({ current, revokedAt, quarantinedAt, givenUp }: CertificateRecord): Status => {
  if (current === undefined) return revokedAt === undefined ? "expired" : "revoked";
  if (givenUp !== undefined && !givenUp.isHandedOver) return "given_up";
  return quarantinedAt === undefined ? "active" : "quarantined";
};

/** The certificates of a device at `now`; `null` if they were never recorded. */
export const certificateRecordView = (
  record: CertificateRecord | undefined,
  now: number,
): CertificateRecordBody => {
  if (record === undefined) return null;
  const known = effectiveRecord(record, now);
  const { current, next, revokedAt, quarantinedAt } = known;
  return {
    status: statusOf(known),
    ...(current ? certificateView(current) : { id: null, issued_at: null, expires_at: null }),
    next: next ? { ...certificateView(next), overlap_until: isoTime(next.overlapUntil) } : null,
    revoked_at: isoTime(revokedAt),
    quarantined_at: isoTime(quarantinedAt),
  };
};

/**
 * A change of a device's certificates. The regions in `pending_regions` apply it when they are
 * reachable again.
 */
export const certificateChangeView = (
  device: string,
  { record, pending }: CertificateChange,
  now: number,
): CertificateChangeBody => ({
  ok: true,
  id: device,
  certificate: certificateRecordView(record, now),
  pending_regions: pending,
});

/**
 * A new certificate in PEM, with its private key if the cloud generated the key. The key is shown
 * once.
 */
export const rotatedView = (
  { id, fleet }: { id: string; fleet: string },
  { certificate, privateKey, record, pending }: Rotated,
  { ca, endpoints, now }: { ca: string; endpoints: RotatedBody["endpoints"]; now: number },
): RotatedBody => {
  const made = record.next ?? record.current;
  return {
    ok: true,
    id,
    fleet,
    certificate,
    ...omitUndefined({ private_key: privateKey }),
    ca,
    endpoints,
    certificate_issued_at: isoTime(made?.issuedAt),
    certificate_expires_at: isoTime(made?.expiresAt),
    state: certificateRecordView(record, now),
    pending_regions: pending,
  };
};
