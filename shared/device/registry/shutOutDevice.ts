import type { Device } from "../device.ts";
import type { CertificateRecord } from "./certificate.ts";
import {
  type CertificateChange,
  type CertificateDeps,
  changeCertificates,
} from "./changeCertificates.ts";

/**
 * Revokes every certificate of a device, for good, in every region, and closes its connections. The device stays in its
 * fleet; a new certificate lets it in again. May be repeated. Fails as `changeCertificates` does.
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
 * Puts a device into quarantine, or releases it. In quarantine it stays in its fleet, keeps its certificate, and cannot
 * connect in any region. May be repeated. Fails as `changeCertificates` does.
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
