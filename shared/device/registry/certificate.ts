import { createHash, X509Certificate } from "node:crypto";
import * as z from "zod/mini";
import { omitUndefined } from "../../platform/omitUndefined.ts";

const time = z.int().check(z.nonnegative());

/** A certificate of a device. Times are milliseconds since 1970. */
const certificate = z.object({
  /** IoT Core's id of it: the SHA-256 of its DER form, in hex. The same in every region. */
  id: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  pem: z.string(),
  issuedAt: time,
  /** From then on it lets nobody in. Absent: it never expires. */
  expiresAt: z.optional(time),
  /** SHA-256 of the signing request that the device itself sent, in hex: the same request gets the same certificate. */
  request: z.optional(z.string()),
});

export type DeviceCertificate = z.output<typeof certificate>;

/** A certificate that is to replace the current one. Both let the device in until the overlap ends. */
const successor = z.extend(certificate, {
  overlapUntil: time,
  /** Which of the two ends with the overlap if the device has never connected with the new one. */
  ends: z.enum(["old", "new"]),
});

/** Ownership that was given up: by which fleet, and until when that fleet may take the device back without proof. */
const givenUp = z.object({
  fleet: z.string(),
  until: time,
  /** Whether the device may connect meanwhile, so that another owner can claim it with proof. */
  isHandedOver: z.boolean(),
});

/** What lets a device in, in every region. It changes by conditional writes only: each counts `revision` up. */
export const certificateRecord = z.object({
  device: z.string(),
  revision: z.int(),
  /** Absent once it was revoked. */
  current: z.optional(certificate),
  next: z.optional(successor),
  revokedAt: z.optional(time),
  quarantinedAt: z.optional(time),
  givenUp: z.optional(givenUp),
  /** When the device itself asked for its latest certificates: within the last day, the oldest first. */
  renewedAt: z.optional(z.array(time)),
});

export type CertificateRecord = z.output<typeof certificateRecord>;

/** A certificate as it is kept: with its id, and its end when certificates expire after `days`. */
export const newCertificate = (
  pem: string,
  { now, days }: { now: number; days: number | undefined },
): DeviceCertificate => ({
  id: certificateIdOf(pem),
  pem,
  issuedAt: now,
  ...(days !== undefined && { expiresAt: now + days * dayMs }),
});

const dayMs = 86_400_000;

/** IoT Core's id of a certificate in PEM. */
export const certificateIdOf = (pem: string): string =>
  createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");

/** The record as time alone has changed it: overlaps that are over, and certificates that have expired. */
export const effectiveRecord = (record: CertificateRecord, now: number): CertificateRecord => {
  const { current, next, givenUp: left, ...rest } = record;
  const isOver = next !== undefined && now >= next.overlapUntil;
  const isPromoted = isOver && next.ends === "old";
  const first = isPromoted ? next : current;
  const second = isOver ? undefined : next;
  // What was given up for good lets nobody in again.
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

/** The successor takes the place of the current certificate. */
export const promoteSuccessor = ({ next, ...record }: CertificateRecord): CertificateRecord =>
  next === undefined ? record : { ...record, current: withoutOverlap(next) };

/** What a registry is to hold for a device: these certificates, and no other one of it. */
export interface DesiredCertificates {
  readonly certificates: readonly string[];
  /** They are known, and let nobody in. */
  readonly isSuspended: boolean;
}

/** What a record means for the registries at a time. */
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

/** When a record comes to mean something else by itself, in milliseconds since 1970. */
export const deadlinesOf = ({ current, next, givenUp: left }: CertificateRecord): number[] => [
  ...new Set(
    [current?.expiresAt, next?.expiresAt, next?.overlapUntil, left?.until].filter(
      (at) => at !== undefined,
    ),
  ),
];

/** A region is to bring its registry in line with the record of a device's certificates. */
export interface Realignment {
  readonly device: string;
  /** The record is at least this one when it has reached the region. */
  readonly revision: number;
  /** Whether a connection that exists is closed: it may be of a certificate that ended. */
  readonly cut: boolean;
  /** When this was written, in milliseconds since 1970. */
  readonly since: number;
}

/** A time at which a device's record means something else by itself. */
export interface Deadline {
  readonly device: string;
  readonly at: number;
}

/** The records of devices' certificates, shared by all regions, and what each region has still to do about them. */
export interface CertificateStore {
  find(device: string): Promise<CertificateRecord | undefined>;
  /** Those of several devices; one without a record is left out. */
  list(devices: readonly string[]): Promise<CertificateRecord[]>;
  /** Writes the next revision. Fails with `conflict` when it is not the next one. */
  put(record: CertificateRecord): Promise<void>;
  /** Says that regions are to look at a device. A later one takes the place of an earlier one. */
  addPending(realignment: Realignment, regions: readonly string[]): Promise<void>;
  /** A page of what this region has to look at, by device. */
  listPending(page: {
    limit: number;
    after?: string;
  }): Promise<{ pending: readonly Realignment[]; next?: string }>;
  /** It is done, unless it was written again since. */
  completePending(realignment: Realignment): Promise<void>;
  /** Has every region look at a device at a time. May be repeated. */
  planDeadline(deadline: Deadline): Promise<void>;
  /** The first deadlines that have passed and that this region has not yet dealt with. */
  listDue(now: number, limit: number): Promise<readonly Deadline[]>;
  /** This region has dealt with these, and with all before them. */
  completeDeadlines(deadlines: readonly Deadline[]): Promise<void>;
}
