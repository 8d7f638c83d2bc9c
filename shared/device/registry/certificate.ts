import { createHash, X509Certificate } from "node:crypto";
import * as z from "zod/mini";
import { dayMs } from "../../platform/durations.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";

const time = z.int().check(z.nonnegative());

/** A certificate of a device. Times are milliseconds since 1970. */
const certificate = z.object({
  /** IoT Core's id of it: the SHA-256 of its DER form, in hex. The same in every region. */
  id: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  pem: z.string(),
  issuedAt: time,
  /** The end of its validity. Absent: it never expires. */
  expiresAt: z.optional(time),
  /**
   * SHA-256 of the signing request that the device has sent, in hex: the same request gets the same
   * certificate.
   */
  request: z.optional(z.string()),
});

export type DeviceCertificate = z.output<typeof certificate>;

/** A certificate that will replace the current one. Both are valid until the overlap ends. */
const successor = z.extend(certificate, {
  overlapUntil: time,
  /**
   * The certificate that ends with the overlap if the device has not connected with the new one.
   */
  ends: z.enum(["old", "new"]),
});

/**
 * A device that was given up: the former fleet, and until when it may claim the device again
 * without proof.
 */
const givenUp = z.object({
  fleet: z.string(),
  until: time,
  /** Whether the device may connect meanwhile, so that another owner can claim it with proof. */
  isHandedOver: z.boolean(),
});

/**
 * The certificates of a device, for all regions. Every write is conditional and increments
 * `revision`.
 */
export const certificateRecord = z.object({
  device: z.string(),
  revision: z.int(),
  /** Absent after a revocation. */
  current: z.optional(certificate),
  next: z.optional(successor),
  revokedAt: z.optional(time),
  quarantinedAt: z.optional(time),
  givenUp: z.optional(givenUp),
  /** The times of the device's own renewals within the last day, oldest first. */
  renewedAt: z.optional(z.array(time)),
});

export type CertificateRecord = z.output<typeof certificateRecord>;

/** The record of a certificate, with its id, and its end if certificates expire after `days`. */
export const newCertificate = (
  pem: string,
  { now, days }: { now: number; days: number | undefined },
): DeviceCertificate => ({
  id: certificateIdOf(pem),
  pem,
  issuedAt: now,
  ...(days !== undefined && { expiresAt: now + days * dayMs }),
});

/** IoT Core's id of a certificate in PEM. */
export const certificateIdOf = (pem: string): string =>
  createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");

/** The record at a time: without overlaps that have ended and certificates that have expired. */
export const effectiveRecord = (record: CertificateRecord, now: number): CertificateRecord => {
  const { current, next, givenUp: left, ...rest } = record;
  const isOver = next !== undefined && now >= next.overlapUntil;
  const isPromoted = isOver && next.ends === "old";
  const first = isPromoted ? next : current;
  const second = isOver ? undefined : next;
  // The certificates of a device that was given up end after `until`.
  if (left !== undefined && !left.isHandedOver && now >= left.until)
    return { ...rest, givenUp: left };
  return {
    ...rest,
    ...(left && { givenUp: left }),
    ...(first && isValid(first, now) && { current: withoutOverlap(first) }),
    ...(second && isValid(second, now) && { next: second }),
  };
};

const isValid = (
  { expiresAt = Number.POSITIVE_INFINITY }: DeviceCertificate,
  now: number,
): boolean => now < expiresAt;

const withoutOverlap = ({
  id,
  pem,
  issuedAt,
  expiresAt,
  request,
}: DeviceCertificate): DeviceCertificate => ({
  id,
  pem,
  issuedAt,
  ...omitUndefined({ expiresAt, request }),
});

/** Replaces the current certificate by its successor. */
export const promoteSuccessor = ({ next, ...record }: CertificateRecord): CertificateRecord =>
  next === undefined ? record : { ...record, current: withoutOverlap(next) };

/** The desired state of a registry for a device: exactly these certificates. */
export interface DesiredCertificates {
  readonly certificates: readonly string[];
  /** They are registered as inactive. */
  readonly isSuspended: boolean;
}

/** The desired state of the registries for a record at a time. */
export const desiredCertificates = (
  record: CertificateRecord,
  now: number,
): DesiredCertificates => {
  const { current, next, quarantinedAt, givenUp: left } = effectiveRecord(record, now);
  return {
    certificates: [current, next].flatMap((one) => (one === undefined ? [] : [one.pem])),
    isSuspended: quarantinedAt !== undefined || (left !== undefined && !left.isHandedOver),
  };
};

/** The times at which the desired state of a record changes, in milliseconds since 1970. */
export const deadlinesOf = ({ current, next, givenUp: left }: CertificateRecord): number[] => [
  ...new Set(
    [current?.expiresAt, next?.expiresAt, next?.overlapUntil, left?.until].filter(
      (at) => at !== undefined,
    ),
  ),
];

/** Pending work of a region: to align its registry with the record of a device's certificates. */
export interface Realignment {
  readonly device: string;
  /** The minimum revision of the record: an earlier one is not replicated yet. */
  readonly revision: number;
  /** Whether an open connection must be closed: its certificate may have ended. */
  readonly cut: boolean;
  /** The time of the write, in milliseconds since 1970. */
  readonly since: number;
}

/** A time at which the desired state of a device's record changes. */
export interface Deadline {
  readonly device: string;
  readonly at: number;
}

/**
 * The records of devices' certificates, shared by all regions, and the pending work of each region.
 */
export interface CertificateStore {
  find(device: string): Promise<CertificateRecord | undefined>;
  /** The records of several devices; a device without one is left out. */
  list(devices: readonly string[]): Promise<CertificateRecord[]>;
  /** Writes the next revision. Fails with `conflict` if another one was written. */
  put(record: CertificateRecord): Promise<void>;
  /** Adds a realignment for regions. A later one replaces an earlier one of the same device. */
  addPending(realignment: Realignment, regions: readonly string[]): Promise<void>;
  /** A page of this region's realignments, by device. */
  listPending(page: {
    limit: number;
    after?: string;
  }): Promise<{ pending: readonly Realignment[]; next?: string }>;
  /** Removes a realignment, unless it was written again since. */
  completePending(realignment: Realignment): Promise<void>;
  /** Plans a realignment of every region at a time. Idempotent. */
  planDeadline(deadline: Deadline): Promise<void>;
  /** The first deadlines that have passed and that this region has not completed. */
  listDue(now: number, limit: number): Promise<readonly Deadline[]>;
  /** Completes these deadlines and all before them in this region. */
  completeDeadlines(deadlines: readonly Deadline[]): Promise<void>;
}
